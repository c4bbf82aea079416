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
  /// Sync tokens to a second of the windows that the networks were trained on.
  static let syncTokensPerSecond = 24.0
  /// Mel frames per latent token.
  public static let latentDownsampling = 2

  /// Latent tokens, `⌈seconds · sample rate / hop / 2⌉`.
  public let latent: Int
  /// CLIP tokens, 8 a second.
  public let clip: Int
  /// Synchformer tokens; in the reference 8 for every whole segment.
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

  /// Lengths of a window in which sync token `k` comes at `k / 24` seconds however long it is.
  ///
  /// The reference spreads the tokens of all whole segments, `(25 · seconds - 8) / 24` seconds of them, over
  /// the window, which puts them there at eight seconds alone.
  init(timedWindow seconds: Double, rate: AudioRate) {
    let reference = SequenceLengths(seconds: seconds, rate: rate)
    latent = reference.latent
    clip = reference.clip
    sync = Int((seconds * Self.syncTokensPerSecond).rounded())
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

  /// Synchformer segments behind so many sync tokens.
  static func segments(tokens: Int) -> Int {
    (tokens + syncTokensPerSegment - 1) / syncTokensPerSegment
  }

  /// How many of the instants `0, 1/rate, 2/rate, …` come before `seconds`; a rounding error is no time.
  static func instants(before seconds: Double, rate: Double) -> Int {
    Int((seconds * rate - 1e-6).rounded(.up))
  }
}
