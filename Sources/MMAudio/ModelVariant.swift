/// Everything that differs between checkpoints and cannot be read off their tensors.
public struct ModelVariant: Sendable, Equatable {
  /// Name as the reference spells it, such as `large_44k_v2`.
  public let name: String
  /// What the variant's latents decode to.
  public let rate: AudioRate
  /// Design of the input projections and the timestep embedding: 1, or 2 for the `_v2` variants.
  public let version: Int

  /// The small model that ships with mmaudio, in sizes of its own.
  public static let nano = ModelVariant(name: "nano_16k", rate: .rate16k, version: 1)

  /// The five published variants, smallest first.
  public static let published: [ModelVariant] = [
    ModelVariant(name: "small_16k", rate: .rate16k, version: 1),
    ModelVariant(name: "small_44k", rate: .rate44k, version: 1),
    ModelVariant(name: "medium_44k", rate: .rate44k, version: 1),
    ModelVariant(name: "large_44k", rate: .rate44k, version: 1),
    ModelVariant(name: "large_44k_v2", rate: .rate44k, version: 2),
  ]

  /// All variants, smallest first.
  public static let all = [nano] + published

  /// The variant that the reference runs unless told otherwise.
  public static let standard = published[published.count - 1]

  /// The variant called `name`, if there is one.
  public init?(named name: String) {
    guard let variant = Self.all.first(where: { $0.name == name }) else { return nil }
    self = variant
  }

  private init(name: String, rate: AudioRate, version: Int) {
    self.name = name
    self.rate = rate
    self.version = version
  }
}

/// A mel VAE and vocoder pair: the two sample rates MMAudio was published for.
public struct AudioRate: Sendable, Equatable {
  /// Short name used in file names, `16k` or `44k`.
  public let name: String
  /// Samples per second.
  public let sampleRate: Int
  /// Samples per mel frame.
  public let hopLength: Int
  /// Mel bands, which tell the two VAEs and vocoders apart.
  public let melBands: Int
  /// Channels of a latent.
  public let latentChannels: Int
  /// How the vocoder bounds its output to [-1, 1].
  public let outputBound: OutputBound

  /// Latent tokens per second, not a whole number.
  public var latentsPerSecond: Double {
    Double(sampleRate) / Double(hopLength * SequenceLengths.latentDownsampling)
  }

  /// Ways to bound a waveform to [-1, 1].
  public enum OutputBound: Sendable {
    /// `tanh(x)`, BigVGAN.
    case tanh
    /// `min(max(x, -1), 1)`, BigVGAN v2 with `use_tanh_at_final` false.
    case clamp
  }

  /// 16 kHz, 80 mel bands, hop 256.
  public static let rate16k = AudioRate(
    name: "16k", sampleRate: 16_000, hopLength: 256, melBands: 80, latentChannels: 20,
    outputBound: .tanh)
  /// 44.1 kHz, 128 mel bands, hop 512.
  public static let rate44k = AudioRate(
    name: "44k", sampleRate: 44_100, hopLength: 512, melBands: 128, latentChannels: 40,
    outputBound: .clamp)
  /// Both rates.
  public static let all = [rate16k, rate44k]
}
