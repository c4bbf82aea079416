internal import CFFmpeg

/// Reads the pictures of a video file, one after another, at the instants that a model wants them.
///
/// Any container and codec that FFmpeg reads. Only pictures that are taken are converted, and one at
/// a time is kept, so that memory depends on neither the length nor (beyond the decoder's own
/// pictures) the size of the video. A reader reads once, front to back.
public final class VideoReader {
  /// Most pixels that a picture may have, four times an 8K picture; bounds the memory of one.
  public static let maximumPixels = 16_384 * 8_192
  /// Most pixels that a picture may have across or down; bounds the work that a thin one makes.
  public static let maximumSide = 32_768

  /// Whether the file is a picture without time, such as PNG or JPEG: one frame.
  public let isStillImage: Bool
  /// Frames per second as the file states them, if it does; it need not keep to them.
  public let frameRate: Double?
  /// Which video was taken and which others there are, in words; nil where there was no choice.
  public let choice: String?
  private let path: String
  private var demuxer: Demuxer
  private var decoder: StreamDecoder
  private var converter = RGBConverter()
  private let streamOrientation: Orientation
  private var stored = RGBFrame()
  private var turned = RGBFrame()

  /// Opens a file and the video stream that is meant, which is never cover art.
  ///
  /// - Parameters:
  ///   - path: a file on this machine, or ``StandardInput/path``
  ///   - options: which of its videos is meant
  /// - Throws: what is wrong with the file
  public init(path: String, options: VideoOptions = VideoOptions()) throws(MediaError) {
    self.path = path
    demuxer = try Demuxer(path: path, options: options)
    decoder = try StreamDecoder(demuxer.stream, path: path)
    isStillImage = demuxer.isStillImage
    frameRate = demuxer.frameRate
    choice = demuxer.choice
    streamOrientation = Orientation(mmaudio_display_matrix(demuxer.stream)) ?? .upright
  }

  /// Calls `body` with every frame that any of the rates takes, in order.
  ///
  /// - Parameters:
  ///   - rates: frames per second of each sequence
  ///   - endSeconds: finite; the last instant that a frame may be shown at
  ///   - body: gets the upright frame and how many times each rate takes it, not all zero
  /// - Throws: `MediaError` if there is no frame at all, and whatever `body` throws
  public func readFrames(
    rates: [Double], until endSeconds: Double, _ body: (RGBFrame, [Int]) throws -> Void
  ) throws {
    var frames = SampledFrames(of: self, rates: rates, until: endSeconds)
    while let (frame, takes) = try frames.next() { try body(frame, takes) }
  }

  /// Refuses sizes that would take too much memory or time.
  static func check(_ width: Int, _ height: Int, path: String) throws(MediaError) {
    // FFmpeg keeps both in 32 bits, so the product fits.
    guard width * height <= maximumPixels, max(width, height) <= maximumSide else {
      throw .tooLarge(path: path, width: width, height: height)
    }
  }

  /// A clock by which no picture has come yet.
  fileprivate func clock(from origin: TimeOrigin) -> FrameClock {
    FrameClock(
      timeBase: demuxer.stream.pointee.time_base, origin: origin, frameRate: frameRate)
  }

  /// Whether timestamps say nothing; known with the first picture.
  fileprivate var isTimeless: Bool { demuxer.isTimeless }

  /// Decodes one more picture; nil after the last.
  fileprivate func nextPicture() -> UnsafePointer<AVFrame>? {
    decoder.next(from: &demuxer) ? UnsafePointer(decoder.frame) : nil
  }

  /// Why there was no picture at all.
  fileprivate var emptiness: MediaError { decoder.emptiness(path: path) }

  /// The decoder's picture as RGB, the right way up.
  fileprivate func convertedFrame() throws(MediaError) -> RGBFrame {
    let picture = decoder.frame
    try Self.check(Int(picture.pointee.width), Int(picture.pointee.height), path: path)
    guard converter.convert(picture, into: &stored) else {
      let format = av_get_pix_fmt_name(AVPixelFormat(picture.pointee.format))
      throw .unconvertible(
        path: path, pixelFormat: format.map { String(cString: $0) } ?? "unknown")
    }
    let orientation = Orientation(mmaudio_frame_display_matrix(picture)) ?? streamOrientation
    guard orientation != .upright else { return stored }
    orientation.apply(to: stored, into: &turned)
    return turned
  }
}

/// Where the times of frames are counted from.
public enum TimeOrigin: Sendable {
  /// When the first picture is shown, whatever the file's clock says then.
  case firstPicture
  /// 0 on the file's clock, as the reference counts.
  case fileClock
}

/// The frames of a video that some rates take, one after another, as far as they are asked for.
///
/// Rate `r` takes frames at the instants `0, 1/r, 2/r, …`: at each, the first frame shown at or after it.
/// Reading stops at the first after the last instant that is wanted. Python: `av_utils.read_frames`, which
/// counts from 0 on the file's clock.
public struct SampledFrames {
  private let reader: VideoReader
  private let endSeconds: Double
  private var sampler: FrameSampler
  private var clock: FrameClock
  private var isEmpty = true
  private var isOver = false

  /// The frames of a reader that has read nothing yet.
  ///
  /// - Parameters:
  ///   - reader: is read by nobody else
  ///   - rates: frames per second of each sequence
  ///   - endSeconds: finite; the last instant that a frame may be shown at
  ///   - origin: where time is counted from
  ///   - window: seconds for which instants are sums with the reference's rounding errors
  public init(
    of reader: VideoReader, rates: [Double], until endSeconds: Double,
    from origin: TimeOrigin = .firstPicture, summing window: Double = .infinity
  ) {
    precondition(endSeconds.isFinite, "SampledFrames: until \(endSeconds)")
    self.reader = reader
    self.endSeconds = endSeconds
    sampler = FrameSampler(rates: rates, summing: window)
    clock = reader.clock(from: origin)
  }

  /// The next upright frame and how many times each rate takes it, not all zero; nil after the last.
  ///
  /// - Returns: a frame whose memory is used again if it is let go before the next one is asked for
  /// - Throws: that there is no frame at all, or one that cannot be used
  public mutating func next() throws(MediaError) -> (frame: RGBFrame, takes: [Int])? {
    while !isOver, let picture = reader.nextPicture() {
      let time = clock.time(of: picture, isTimeless: reader.isTimeless)
      if time > endSeconds { break }
      if time < 0 { continue }
      let takes = sampler.takes(at: time)
      guard takes.contains(where: { $0 > 0 }) else { continue }
      isEmpty = false
      return (try reader.convertedFrame(), takes)
    }
    isOver = true
    if isEmpty { throw reader.emptiness }
    return nil
  }
}

/// Tells when decoded frames are shown, in seconds.
private struct FrameClock {
  private let timeBase: AVRational
  private let frameRate: Double
  /// The timestamp that is time 0; nil until it is known.
  private var origin: Int64?
  /// When a frame without a timestamp is shown: one frame after the one before it.
  private var expected = 0.0
  /// Frames so far.
  private var count = 0

  /// - Parameters:
  ///   - timeBase: of the timestamps
  ///   - origin: where time is counted from
  ///   - frameRate: as the file states it
  init(timeBase: AVRational, origin: TimeOrigin, frameRate: Double?) {
    self.timeBase = timeBase
    self.origin = origin == .fileClock ? 0 : nil
    self.frameRate = frameRate ?? 25
  }

  /// Seconds by the frame's timestamp, else FFmpeg's guess, else our own.
  mutating func time(of frame: UnsafePointer<AVFrame>, isTimeless: Bool) -> Double {
    let stamp = isTimeless ? nil : timestamp(of: frame)
    if origin == nil, let stamp, timeBase.num > 0 {
      origin = stamp &- Int64(expected * Double(timeBase.den) / Double(timeBase.num))
    }
    let time =
      if let stamp, let origin, timeBase.den > 0 {
        Double(stamp &- origin) * Double(timeBase.num) / Double(timeBase.den)
      } else { expected }
    count += 1
    // A quotient, since a sum would not be the same as a timestamp.
    expected = isTimeless ? Double(count) / frameRate : time + 1 / frameRate
    return time
  }
}

/// When a frame is shown, in ticks of its stream: by its timestamp, else by FFmpeg's guess.
func timestamp(of frame: UnsafePointer<AVFrame>) -> Int64? {
  let none = mmaudio_av_nopts_value
  let stamp = frame.pointee.pts != none ? frame.pointee.pts : frame.pointee.best_effort_timestamp
  return stamp != none ? stamp : nil
}

extension Orientation {
  /// Reads nine values in C memory, if there are any.
  fileprivate init?(_ matrix: UnsafePointer<Int32>?) {
    guard let matrix else { return nil }
    // Safe: the shim checked that nine values are there.
    self.init(displayMatrix: Array(UnsafeBufferPointer(start: matrix, count: 9)))
  }
}
