import MMAudioKernels
import MMAudioMedia

/// Video or prompt → waveform: the table of contents of this module, Python `generate`.
///
/// Stages run one after another, and a network is open while its stage runs, so that by default only one
/// network's weights are in memory at a time. Several clips go through a stage one by one before the
/// next stage begins: they share what it takes to open a network, and nothing that changes a sample. Only
/// the beginning of the next clip's video is read beside the work.
public struct Pipeline: Sendable {
  private let models: ModelFolder
  private let variant: ModelVariant
  private let networks: OpenNetworks
  private let cache: FeatureCache?
  private let ahead = FramesAhead()

  /// A pipeline over converted models; their presence is checked when it runs.
  ///
  /// - Parameters:
  ///   - models: where the networks are
  ///   - variant: which of them
  ///   - cache: features of earlier runs; nil if every encoder is to run
  ///   - keepsOpen: bytes of weights that stay in memory for clips to come
  public init(
    models: ModelFolder, variant: ModelVariant, cache: FeatureCache? = nil, keepsOpen: Int = 0
  ) {
    self.models = models
    self.variant = variant
    self.cache = cache
    networks = OpenNetworks(limit: keepsOpen)
  }

  /// Generates sound as requested.
  ///
  /// - Parameters:
  ///   - request: checked first
  ///   - progress: called at every step of every stage, on this thread; may throw to cancel
  /// - Returns: a sound for each take, and what it is for
  /// - Throws: what a stage cannot do, as one of this package's errors, or what `progress` throws
  public func callAsFunction(
    _ request: GenerationRequest, progress: (StageProgress) throws -> Void
  ) throws -> GeneratedSound {
    try self([request]) { _, step in try progress(step) }[0].get()
  }

  /// Generates sounds for several clips, each as if it were alone.
  ///
  /// - Parameters:
  ///   - requests: each checked first
  ///   - next: the first request of the next call, whose video is read beside this call's work
  ///   - progress: called at every step of every stage with the clip's place in `requests`, on this
  ///     thread; may throw to give that clip up
  /// - Returns: for each clip its sound, or why there is none
  public func callAsFunction(
    _ requests: [GenerationRequest], next: GenerationRequest? = nil,
    progress: (Int, StageProgress) throws -> Void
  ) -> [Result<GeneratedSound, any Error>] {
    defer { cache?.trim() }
    let following = requests.dropFirst().map(Optional.some) + [next]
    var clips = zip(requests, following).map { request, next in
      Result<Clip, any Error>.success(Clip(request: request, next: next))
    }
    withoutActuallyEscaping(progress) { progress in
      func stage(_ work: (Stages, inout Clip) throws -> Void) {
        for index in clips.indices {
          let stages = Stages(models: models, networks: networks, cache: cache) {
            try progress(index, $0)
          }
          clips[index] = clips[index].flatMap { clip in
            Result {
              var clip = clip
              try work(stages, &clip)
              return clip
            }
          }
        }
      }
      stage { _, clip in try check(clip.request) }
      stage { stages, clip in try lookAtVideo(stages, &clip) }
      stage { stages, clip in
        clip.text = try stages.textFeatures([clip.request.prompt, clip.request.negativePrompt])
      }
      stage { stages, clip in
        clip.latents = try stages.sample(
          variant, plan: clip.plan, request: clip.request, clip: clip.video?.clip,
          sync: clip.video?.sync, text: clip.text[0], negativeText: clip.text[1])
      }
      stage { stages, clip in
        clip.mels = try stages.decode(clip.latents, plan: clip.plan, rate: variant.rate)
      }
      stage { stages, clip in clip.samples = try stages.vocode(clip.mels, rate: variant.rate) }
    }
    return clips.map { clip in clip.map { sound(of: $0) } }
  }

  /// A clip on its way through the stages: what each of them has made of it.
  private struct Clip {
    let request: GenerationRequest
    /// The request whose video is needed after this one's.
    let next: GenerationRequest?
    var video: VideoFeatures?
    /// Where the video's file ends before the time that is wanted, if it is not whole.
    var breakOff: VideoSpan.BreakOff?
    /// Features of the prompt and of the negative prompt, each `[77, width]`.
    var text: [Tensor] = []
    var plan = WindowPlan(latentTokens: 0)
    /// For each take `[all latent tokens, latent channels]`.
    var latents: [Tensor] = []
    /// For each take `[1, time, mel bands]`.
    var mels: [Tensor] = []
    /// For each take `[samples]`.
    var samples: [Tensor] = []
  }

  private func check(_ request: GenerationRequest) throws {
    try request.validate()
    try models.require(try networks(for: request))
  }

  private func lookAtVideo(_ stages: Stages, _ clip: inout Clip) throws {
    let frames = try clip.request.frames.map { wanted in
      try stages.report(.readVideo, 0, 1)
      return try ahead.take(wanted)
    }
    if let cut = frames?.span?.breakOff, cut.seconds < clip.request.mostSeconds {
      clip.breakOff = cut
    }
    if let next = clip.next, let wanted = next.frames, (try? next.validate()) != nil {
      ahead.begin(wanted)
    }
    clip.video = try frames.map {
      try stages.videoFeatures($0, request: clip.request, rate: variant.rate)
    }
    clip.plan = clip.video?.plan ?? clip.request.planWithoutVideo(rate: variant.rate)
  }

  private func sound(of clip: Clip) -> GeneratedSound {
    GeneratedSound(
      takes: clip.samples.map {
        Waveform($0, sampleRate: variant.rate.sampleRate, seconds: clip.plan.soundSeconds)
      },
      windows: clip.plan.windows.count, video: clip.video?.span, breakOff: clip.breakOff)
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
    return try models.digests(of: files)
  }

  /// The networks that a request needs; a still image has no motion to encode.
  private func networks(for request: GenerationRequest) throws -> [ModelFile] {
    let always: [ModelFile] = [
      .clipText, .flow(variant), .vaeDecoder(variant.rate), .vocoder(variant.rate),
    ]
    guard let video = request.video else { return always }
    // Report a wrong path before missing models: it is quicker to mend.
    let isStill = try VideoReader(path: video, options: request.videoOptions).isStillImage
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
  /// Where the video's file ends before the time that was wanted, if it is not whole.
  public let breakOff: VideoSpan.BreakOff?
}

/// Mono sound.
public struct Waveform: Sendable {
  /// Samples in [-1, 1].
  public let samples: [Float]
  /// Samples per second.
  public let sampleRate: Int

  /// All samples, or exactly `seconds` of them: windows reach past the end of what they cover, and behind
  /// samples that end before it, they fade and silence follows.
  init(_ samples: Tensor, sampleRate: Int, seconds: Double?) {
    var all = samples.values
    self.sampleRate = sampleRate
    if let seconds {
      let count = max(1, Int((seconds * Double(sampleRate)).rounded()))
      if count > all.count {
        let fade = min(all.count, Int(Self.fadeSeconds * Double(sampleRate)))
        for index in 1...max(1, fade) { all[all.count - index] *= Float(index - 1) / Float(fade) }
        all += Array(repeating: 0, count: count - all.count)
      }
      all.removeLast(all.count - count)
    }
    self.samples = all
  }

  /// Too short to be heard as one, long enough not to click.
  private static let fadeSeconds = 0.01

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
