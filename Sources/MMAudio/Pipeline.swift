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
  /// - Returns: a sound for each take, and what it is for
  /// - Throws: what a stage cannot do, as one of this package's errors, or what `progress` throws
  public func callAsFunction(
    _ request: GenerationRequest, progress: @escaping (StageProgress) throws -> Void
  ) throws -> GeneratedSound {
    try request.validate()
    try models.require(try networks(for: request))
    let stages = Stages(models: models, progress: progress)

    let video = try request.video.map {
      try stages.videoFeatures($0, request: request, rate: variant.rate)
    }
    let plan = video?.plan ?? request.planWithoutVideo(rate: variant.rate)
    let text = try stages.textFeatures([request.prompt, request.negativePrompt])
    let latents = try stages.sample(
      variant, plan: plan, request: request, clip: video?.clip, sync: video?.sync, text: text[0],
      negativeText: text[1])
    let mels = try stages.decode(latents, plan: plan, rate: variant.rate)
    let samples = try stages.vocode(mels, rate: variant.rate)
    // Windows reach past the end of what they cover.
    let seconds = video?.span?.soundSeconds ?? request.seconds
    let end = plan.windows.count > 1 ? seconds : nil
    return GeneratedSound(
      takes: samples.map { Waveform($0, sampleRate: variant.rate.sampleRate, seconds: end) },
      windows: plan.windows.count, video: video?.span)
  }

  /// What the networks of a request were made from, without reading more than their headers.
  ///
  /// - Parameter request: may name a video, which needs more networks than a prompt
  /// - Returns: SHA-256 of the published file by name in the model folder; a file that does not say is
  ///   left out
  /// - Throws: that the video or a network cannot be read
  public func digests(for request: GenerationRequest) throws -> [String: String] {
    let files = try networks(for: request)
    try models.require(files)
    var digests: [String: String] = [:]
    for file in files {
      digests[file.name] = try file.open(in: models).metadata["source_sha256"]
    }
    return digests
  }

  /// The networks that a request needs; a still image has no motion to encode.
  private func networks(for request: GenerationRequest) throws -> [ModelFile] {
    let always: [ModelFile] = [
      .clipText, .flow(variant), .vaeDecoder(variant.rate), .vocoder(variant.rate),
    ]
    guard let video = request.video else { return always }
    // A wrong path is said before missing models: it is the nearer mistake.
    let isStill = try VideoReader(path: video).isStillImage
    return always + (isStill ? [] : [.synchformer]) + (request.maskVideo ? [] : [.clipImage])
  }
}

/// What a run made.
public struct GeneratedSound: Sendable {
  /// A sound for each take, all of one length.
  public let takes: [Waveform]
  /// Windows that were made together.
  public let windows: Int
  /// What the video had to give, if there was one.
  public let video: VideoCoverage?
}

/// Mono sound.
public struct Waveform: Sendable {
  /// Samples in [-1, 1].
  public let samples: [Float]
  /// Samples per second.
  public let sampleRate: Int

  /// The first `seconds` of samples, or all.
  init(_ samples: Tensor, sampleRate: Int, seconds: Double?) {
    let count = seconds.map { Int(($0 * Double(sampleRate)).rounded()) } ?? samples.count
    self.samples = Array(samples.values.prefix(count))
    self.sampleRate = sampleRate
  }

  /// Length in seconds.
  public var seconds: Double { Double(samples.count) / Double(sampleRate) }
}

/// How far a stage has come.
public struct StageProgress: Sendable {
  /// The stages of a run, in order.
  public enum Stage: String, Sendable, CaseIterable {
    /// Decoding and resizing frames.
    case readVideo = "reading video"
    /// CLIP's image tower.
    case encodeFrames = "encoding frames"
    /// Synchformer.
    case encodeMotion = "encoding motion"
    /// CLIP's text tower.
    case encodeText = "encoding text"
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
