/// How many tokens of each kind a duration has, Python `SequenceConfig`.
public struct SequenceLengths: Sendable, Equatable {
  /// Frames per second that CLIP sees.
  public static let clipFrameRate = 8.0
  /// Frames per second that Synchformer sees.
  public static let syncFrameRate = 25.0
  /// Frames under one Synchformer segment, 0.64 s.
  public static let syncSegmentFrames = 16
  /// Frames from one segment's start to the next one's.
  public static let syncSegmentStep = 8
  /// Feature vectors that Synchformer gives a segment.
  public static let syncTokensPerSegment = 8
  /// Mel frames per latent token.
  public static let latentDownsampling = 2

  /// Latent tokens, `⌈seconds · sample rate / hop / 2⌉`.
  public let latent: Int
  /// CLIP tokens, 8 a second.
  public let clip: Int
  /// Synchformer tokens, 8 for every whole segment.
  public let sync: Int

  /// Lengths for `seconds` of sound at `rate`, evaluated in the order the reference does.
  public init(seconds: Double, rate: AudioRate) {
    let melFrames = seconds * Double(rate.sampleRate) / Double(rate.hopLength)
    latent = Int((melFrames / Double(Self.latentDownsampling)).rounded(.up))
    clip = Int(seconds * Self.clipFrameRate)
    let frames = seconds * Self.syncFrameRate - Double(Self.syncSegmentFrames)
    let segments = (frames / Double(Self.syncSegmentStep)).rounded(.down) + 1
    sync = max(0, Int(segments) * Self.syncTokensPerSegment)
  }

  /// Lengths of latents without features.
  init(latentTokens: Int) {
    latent = latentTokens
    clip = 0
    sync = 0
  }

  /// Whole Synchformer segments in so many frames.
  static func segments(frames: Int) -> Int {
    max(0, (frames - syncSegmentFrames) / syncSegmentStep + 1)
  }

  /// Frames under so many Synchformer segments.
  static func frames(segments: Int) -> Int {
    (segments - 1) * syncSegmentStep + syncSegmentFrames
  }

  /// Synchformer segments behind the sync tokens.
  var segments: Int { sync / Self.syncTokensPerSegment }
}
