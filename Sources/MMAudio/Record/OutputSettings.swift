import MMAudioMedia

/// How a sound is written, under the names of the command's options.
public struct OutputSettings: Sendable, Equatable, Codable {
  /// Format by the name that an extension has.
  public var format: String
  /// Where the format has a choice.
  public var bitDepth = BitDepth.int16
  /// Samples per second; nil for the model's.
  public var sampleRate: Int?
  /// Level of the largest sample in dBFS; nil for what it is.
  public var peak: Double?
  /// Integrated loudness in LUFS; nil for what it is.
  public var loudness: Double?
  /// What becomes of the sound that a video has; nil where no video is written.
  public var originalAudio: VideoMuxer.OriginalAudio?
  /// Decibels by which that is made louder; nil where it is not mixed.
  public var mixGain: Double?

  enum CodingKeys: String, CodingKey {
    case format, peak, loudness
    case bitDepth = "bit_depth"
    case sampleRate = "sample_rate"
    case originalAudio = "original_audio"
    case mixGain = "mix_gain"
  }

  /// A format without any choice made.
  public init(format: String) { self.format = format }
}
