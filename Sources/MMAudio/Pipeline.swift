import MMAudioKernels
import MMAudioMedia

/// Video or prompt → waveform: the table of contents of this module, Python `generate`.
///
/// Stages run one after another and each opens its network for as long as it runs, so that only one
/// network's weights are in memory at a time.
public struct Pipeline: Sendable {
  private let models: ModelFolder
  private let variant: ModelVariant

  /// A pipeline over converted models; their presence is checked when it runs.
  public init(models: ModelFolder, variant: ModelVariant) {
    self.models = models
    self.variant = variant
  }

  /// Generates sound as requested.
  ///
  /// - Parameters:
  ///   - request: checked first
  ///   - progress: called at every step of every stage, on this thread; may throw to cancel
  /// - Returns: samples at the variant's rate, as long as the latents are
  /// - Throws: what a stage cannot do, as one of this package's errors, or what `progress` throws
  public func callAsFunction(
    _ request: GenerationRequest, progress: @escaping (StageProgress) throws -> Void
  ) throws -> Waveform {
    try request.validate()
    // A wrong path is said before missing models: it is the nearer mistake.
    if let video = request.video { _ = try VideoReader(path: video) }
    try models.require(networks(for: request))
    let stages = Stages(models: models, progress: progress)

    let video = try request.video.map { try stages.readVideo($0, seconds: request.seconds) }
    let lengths = SequenceLengths(seconds: video?.duration ?? request.seconds, rate: variant.rate)
    let text = try stages.textFeatures([request.prompt, request.negativePrompt])
    let clip = try (request.maskVideo ? nil : video).map {
      try stages.clipFeatures($0.clipFrames, count: $0.clipCount)
    }
    let sync = try video.map { try stages.syncFeatures($0.syncFrames, count: $0.syncCount) }
    let latent = try stages.sample(
      variant, lengths: lengths, request: request, clip: clip, sync: sync, text: text[0],
      negativeText: text[1])
    let mel = try stages.decode(latent, rate: variant.rate)
    let samples = try stages.vocode(mel, rate: variant.rate)
    return Waveform(samples: samples.values, sampleRate: variant.rate.sampleRate)
  }

  /// The networks that a request needs.
  private func networks(for request: GenerationRequest) -> [ModelFile] {
    let always: [ModelFile] = [
      .clipText, .flow(variant), .vaeDecoder(variant.rate), .vocoder(variant.rate),
    ]
    guard request.video != nil else { return always }
    return always + [.synchformer] + (request.maskVideo ? [] : [.clipImage])
  }
}

/// Mono sound.
public struct Waveform: Sendable {
  /// Samples in [-1, 1].
  public let samples: [Float]
  /// Samples per second.
  public let sampleRate: Int

  /// Length in seconds.
  public var seconds: Double { Double(samples.count) / Double(sampleRate) }
}

/// How far a stage has come.
public struct StageProgress: Sendable {
  /// The stages of a run, in order.
  public enum Stage: String, Sendable, CaseIterable {
    /// Decoding and resizing frames.
    case readVideo = "reading video"
    /// CLIP's text tower.
    case encodeText = "encoding text"
    /// CLIP's image tower.
    case encodeFrames = "encoding frames"
    /// Synchformer.
    case encodeMotion = "encoding motion"
    /// Euler steps.
    case sample = "sampling"
    /// VAE decoder.
    case decode = "decoding"
    /// BigVGAN.
    case vocode = "vocoding"
  }

  /// The stage at work.
  public let stage: Stage
  /// Steps done.
  public let done: Int
  /// Steps in all.
  public let total: Int
}
