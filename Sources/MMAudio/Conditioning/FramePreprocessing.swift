import MMAudioKernels
import MMAudioMedia

/// The pictures of a video as the two image encoders want them, still as bytes.
///
/// Python: `eval_utils.load_video`, whose times count from 0 on the file's clock. Both sequences are cut to one
/// duration, the shortest of what was asked for and what either sequence covers.
public struct VideoFrames: Sendable, Equatable {
  /// Frames per second that CLIP sees.
  public static let clipRate = SequenceLengths.clipFrameRate
  /// Frames per second that Synchformer sees.
  public static let syncRate = SequenceLengths.syncFrameRate
  /// Height and width of a CLIP frame; the picture is squeezed into it.
  public static let clipSize = 384
  /// Height and width of a Synchformer frame, the middle of a picture with this shorter side.
  public static let syncSize = 224

  /// `[clipCount, 3, 384, 384]`.
  public let clipFrames: [UInt8]
  /// `[syncCount, 3, 224, 224]`.
  public let syncFrames: [UInt8]
  /// Number of CLIP frames, `int(8 * duration)`.
  public let clipCount: Int
  /// Number of Synchformer frames, `int(25 * duration)`.
  public let syncCount: Int
  /// Seconds that both sequences cover.
  public let duration: Double

  /// Reads the first `duration` seconds of the video at `path`, or all of it if it is shorter.
  ///
  /// - Parameters:
  ///   - path: a file that FFmpeg reads
  ///   - duration: seconds, finite and positive
  /// - Throws: `MediaError`
  public init(path: String, duration: Double) throws {
    precondition(duration.isFinite && duration > 0, "VideoFrames: \(duration) s")
    var frames = try FrameStream(.init(path: path, seconds: duration), from: .fileClock)
    try frames.read(syncFrames: .max)
    var (clip, sync) = (frames.clip, frames.sync)
    self.duration = min(duration, clip.seconds, sync.seconds)
    clipCount = Int(Self.clipRate * self.duration)
    syncCount = Int(Self.syncRate * self.duration)
    clip.keepFirst(clipCount)
    sync.keepFirst(syncCount)
    clipFrames = clip.bytes
    syncFrames = sync.bytes
  }

  /// All of a picture, squeezed into 384 x 384.
  fileprivate static func clipResizer(height: Int, width: Int) -> ImageResizer {
    ImageResizer(
      inputHeight: height, inputWidth: width, resizedHeight: clipSize, resizedWidth: clipSize)
  }

  /// Shorter side to 224, then the middle square, which is all that is computed.
  fileprivate static func syncResizer(height: Int, width: Int) -> ImageResizer {
    // Integer division is torchvision's `int(size * long / short)`.
    let resizedHeight = height <= width ? syncSize : syncSize * height / width
    let resizedWidth = width <= height ? syncSize : syncSize * width / height
    // Python's `round` takes halves to even.
    let top = Int((Double(resizedHeight - syncSize) / 2).rounded(.toNearestOrEven))
    let left = Int((Double(resizedWidth - syncSize) / 2).rounded(.toNearestOrEven))
    return ImageResizer(
      inputHeight: height, inputWidth: width, resizedHeight: resizedHeight,
      resizedWidth: resizedWidth, cropRows: top..<(top + syncSize),
      cropColumns: left..<(left + syncSize))
  }
}

/// A video's pictures resized for both encoders, as they are decoded; what was used can be dropped.
struct FrameStream {
  /// When the pictures begin and end; nil for a picture without time.
  let span: VideoSpan?
  /// Frames for CLIP that were not dropped.
  var clip: FrameStack
  /// Frames for Synchformer that were not dropped.
  var sync: FrameStack
  private var pictures: SampledFrames
  /// What is left of the last picture.
  private var repeats: Repeats?

  /// What is to be read of a video.
  struct Wanted: Sendable, Equatable {
    /// A file that FFmpeg reads.
    let path: String
    /// Which of its videos is meant.
    var options = VideoOptions()
    /// How much of it, finite.
    let seconds: Double
    /// Seconds of the first window, whose frames are taken with the reference's rounding errors.
    var window = Double.infinity
  }

  /// Opens a video.
  ///
  /// - Parameters:
  ///   - wanted: of it
  ///   - origin: where time is counted from
  /// - Throws: `MediaError`
  init(_ wanted: Wanted, from origin: TimeOrigin = .firstPicture) throws(MediaError) {
    let reader = try VideoReader(path: wanted.path, options: wanted.options)
    let span =
      reader.isStillImage ? nil : try VideoSpan(path: wanted.path, options: wanted.options)
    self.span = span
    let expected = min(wanted.seconds, span?.seconds ?? 0)
    clip = FrameStack(
      rate: VideoFrames.clipRate, seconds: expected, resizer: VideoFrames.clipResizer)
    sync = FrameStack(
      rate: VideoFrames.syncRate, seconds: expected, resizer: VideoFrames.syncResizer)
    pictures = SampledFrames(
      of: reader, rates: [VideoFrames.clipRate, VideoFrames.syncRate],
      until: reader.isStillImage ? 0 : wanted.seconds, from: origin, summing: wanted.window)
  }

  /// Reads on until so many sync frames have come, or no more that are wanted.
  ///
  /// - Parameter syncFrames: those that were dropped too
  /// - Returns: whether so many have come
  /// - Throws: `MediaError`
  @discardableResult
  mutating func read(syncFrames: Int) throws(MediaError) -> Bool {
    while sync.total < syncFrames {
      if repeats == nil { repeats = try pictures.next().map(Repeats.init) }
      guard let picture = repeats?.picture, let times = repeats?.next() else { return false }
      clip.append(picture, times: times[0])
      sync.append(picture, times: times[1])
      if repeats?.isOver == true { repeats = nil }
    }
    return true
  }

  /// A picture that is shown for long: a gap in the timestamps may be hours, which come in pieces too.
  private struct Repeats {
    /// Sync frames, about, that one picture becomes at a time.
    private static let most = 25

    let picture: RGBFrame
    private let takes: [Int]
    private let pieces: Int
    private var done = 0

    init(_ picture: RGBFrame, _ takes: [Int]) {
      self.picture = picture
      self.takes = takes
      pieces = max(1, takes[1] / Self.most)
    }

    var isOver: Bool { done == pieces }

    /// How many frames of each rate the next piece is.
    mutating func next() -> [Int] {
      defer { done += 1 }
      return takes.map { $0 * (done + 1) / pieces - $0 * done / pieces }
    }
  }
}

/// Resized frames of one rate, one after another, planar 8-bit RGB.
struct FrameStack {
  private let rate: Double
  private let makeResizer: (_ height: Int, _ width: Int) -> ImageResizer
  private var resizer: ImageResizer?
  /// How many frames are likely to be here at once; more than a piece is not planned for.
  private let expected: Int
  private(set) var bytes: [UInt8] = []
  /// Frames in `bytes`.
  private(set) var count = 0
  /// Frames that were in front of them.
  private(set) var dropped = 0

  init(
    rate: Double, seconds: Double,
    resizer: @escaping (_ height: Int, _ width: Int) -> ImageResizer
  ) {
    self.rate = rate
    makeResizer = resizer
    expected = Int(rate * min(seconds, VideoEncoding.pieceSeconds)) + 4
  }

  /// Frames that have come so far.
  var total: Int { dropped + count }

  /// Seconds that all frames so far cover.
  var seconds: Double { Double(total) / rate }

  mutating func append(_ frame: RGBFrame, times: Int) {
    guard times > 0 else { return }
    let resizer = resizer(for: frame)
    let start = bytes.count
    if start == 0 {
      bytes.reserveCapacity(expected * 3 * resizer.outputHeight * resizer.outputWidth)
    }
    resizer.append(frame.bytes, bytesPerRow: frame.bytesPerRow, to: &bytes)
    count += times
    guard times > 1 else { return }
    // A slice of `bytes` itself would make the append copy every frame so far.
    let resized = Array(bytes[start...])
    for _ in 1..<times { bytes += resized }
  }

  /// Drops frames in front of one, but never the last there is: it may have to be held.
  mutating func drop(before frame: Int) {
    let some = min(frame - dropped, count - 1)
    guard some > 0 else { return }
    bytes.removeFirst(some * (bytes.count / count))
    count -= some
    dropped += some
  }

  /// The bytes of some frames, counted from the first that came; instead of one that was dropped, the next
  /// that was not.
  func bytes(of frames: [Int]) -> [UInt8] {
    let size = bytes.count / count
    var picked: [UInt8] = []
    picked.reserveCapacity(frames.count * size)
    for frame in frames {
      let start = max(0, frame - dropped) * size
      picked += bytes[start..<start + size]
    }
    return picked
  }

  /// Drops all frames after the first `wanted`.
  mutating func keepFirst(_ wanted: Int) {
    guard wanted < count else { return }
    bytes.removeLast((count - wanted) * (bytes.count / count))
    count = wanted
  }

  /// The resizer for the frame's size, which may change in the middle of a video.
  private mutating func resizer(for frame: RGBFrame) -> ImageResizer {
    if let resizer, resizer.inputHeight == frame.height, resizer.inputWidth == frame.width {
      return resizer
    }
    let made = makeResizer(frame.height, frame.width)
    resizer = made
    return made
  }
}
