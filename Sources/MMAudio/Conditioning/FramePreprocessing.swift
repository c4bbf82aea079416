import MMAudioKernels
import MMAudioMedia

/// The pictures of a video as the two image encoders want them, still as bytes.
///
/// Python: `eval_utils.load_video`. Both sequences are cut to one duration, the shortest of what was
/// asked for and what either sequence covers.
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
    let reader = try VideoReader(path: path)
    let expected = min(duration, reader.duration ?? duration)
    var clip = FrameStack(rate: Self.clipRate, seconds: expected) { height, width in
      ImageResizer(
        inputHeight: height, inputWidth: width, resizedHeight: Self.clipSize,
        resizedWidth: Self.clipSize)
    }
    var sync = FrameStack(rate: Self.syncRate, seconds: expected, resizer: Self.syncResizer)
    try reader.readFrames(rates: [Self.clipRate, Self.syncRate], until: duration) { frame, takes in
      clip.append(frame, times: takes[0])
      sync.append(frame, times: takes[1])
    }
    self.duration = min(duration, clip.seconds, sync.seconds)
    clipCount = Int(Self.clipRate * self.duration)
    syncCount = Int(Self.syncRate * self.duration)
    clip.keepFirst(clipCount)
    sync.keepFirst(syncCount)
    clipFrames = clip.bytes
    syncFrames = sync.bytes
  }

  /// Shorter side to 224, then the middle square, which is all that is computed.
  private static func syncResizer(height: Int, width: Int) -> ImageResizer {
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

/// Resized frames of one rate, one after another.
private struct FrameStack {
  private let rate: Double
  private let makeResizer: (_ height: Int, _ width: Int) -> ImageResizer
  private var resizer: ImageResizer?
  /// How many frames are likely to come; more than a minute's are not planned for.
  private let expected: Int
  private(set) var bytes: [UInt8] = []
  private var count = 0

  init(
    rate: Double, seconds: Double,
    resizer: @escaping (_ height: Int, _ width: Int) -> ImageResizer
  ) {
    self.rate = rate
    makeResizer = resizer
    expected = Int(rate * min(seconds, 60)) + 2
  }

  /// Seconds that the frames cover.
  var seconds: Double { Double(count) / rate }

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
