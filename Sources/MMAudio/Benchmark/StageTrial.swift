import MMAudioKernels

/// How to run a part of a stage on made-up input, and what the whole stage of a run would be.
struct StageTrial {
  /// The stages that a benchmark can time; reading the video is not one.
  typealias Stage = Benchmark.Stage

  /// The network at work.
  let file: ModelFile
  /// What the stage's work consists of, in the plural.
  let unit: String
  /// Units that are run.
  let timed: Int
  /// Units in a whole run.
  let total: Int
  /// Operations of `total` units.
  let work: (DirectWork) -> Double
  /// Runs `timed` units.
  let run: (Stages) throws -> Void

  /// Frames and segments that are timed: an encoder takes minutes for all of them.
  private static let (framesTimed, segmentsTimed) = (8, 2)

  /// A trial of `stage` in a run as `options` describe it.
  init(_ stage: Stage, _ options: Benchmark.Options) {
    let lengths = SequenceLengths(seconds: options.seconds, rate: options.variant.rate)
    switch stage {
    case .encodeText: self = Self.encodeText
    case .encodeFrames: self = Self.encodeFrames(lengths.clip)
    case .encodeMotion:
      self = Self.encodeMotion(SequenceLengths.segments(tokens: lengths.sync))
    case .sample: self = Self.sample(options, lengths)
    case .decode: self = Self.decode(lengths, options.variant.rate)
    case .vocode: self = Self.vocode(lengths, options.variant.rate)
    }
  }

  private init(
    _ file: ModelFile, _ unit: String, timed: Int, total: Int,
    work: @escaping (DirectWork) -> Double, run: @escaping (Stages) throws -> Void
  ) {
    self.file = file
    self.unit = unit
    self.timed = timed
    self.total = total
    self.work = work
    self.run = run
  }

  /// A prompt and a negative prompt.
  private static var encodeText: StageTrial {
    StageTrial(.clipText, "runs", timed: 1, total: 1) {
      $0.clipText(prompts: 2)
    } run: { stages in
      _ = try stages.textFeatures(["waves, seagulls", "music"])
    }
  }

  private static func encodeFrames(_ total: Int) -> StageTrial {
    let count = min(framesTimed, total)
    return StageTrial(.clipImage, "frames", timed: count, total: total) {
      $0.clipImage(frames: total)
    } run: { stages in
      _ = try stages.clipFeatures(frames(count, CLIPImageEncoder.imageSize), count: count)
    }
  }

  private static func encodeMotion(_ total: Int) -> StageTrial {
    let segments = min(segmentsTimed, total)
    let count =
      (segments - 1) * SequenceLengths.syncSegmentStep + SequenceLengths.syncSegmentFrames
    return StageTrial(.synchformer, "segments", timed: segments, total: total) {
      $0.synchformer(segments: total)
    } run: { stages in
      _ = try stages.syncFeatures(frames(count, Synchformer.imageSize), count: count)
    }
  }

  /// With features as of a video, all different, and both passes of guidance.
  private static func sample(
    _ options: Benchmark.Options, _ lengths: SequenceLengths
  ) -> StageTrial {
    let file = ModelFile.flow(options.variant)
    let plan = WindowPlan(seconds: options.seconds, rate: options.variant.rate)
    var request = GenerationRequest()
    let total = max(request.steps, options.steps)
    request.steps = options.steps
    return StageTrial(file, "steps", timed: options.steps, total: total) {
      Double(2 * total) * $0.flowPass(lengths)
    } run: { stages in
      let weights = WeightScope(try file.open(in: stages.models))
      var random = TorchRandom(seed: request.seed)
      func features(_ count: Int, like name: String) throws -> Tensor {
        random.normal([count, try weights.shape(name, rank: 2)[1]])
      }
      _ = try stages.sample(
        options.variant, plan: plan, request: request,
        clip: try features(lengths.clip, like: "empty_clip_feat"),
        sync: try features(lengths.sync, like: "empty_sync_feat"),
        text: try features(CLIPTokenizer.contextLength, like: "empty_string_feat"),
        negativeText: try features(CLIPTokenizer.contextLength, like: "empty_string_feat"))
    }
  }

  private static func decode(_ lengths: SequenceLengths, _ rate: AudioRate) -> StageTrial {
    StageTrial(.vaeDecoder(rate), "runs", timed: 1, total: 1) {
      $0.vaeDecoder(latentTokens: lengths.latent)
    } run: { stages in
      var random = TorchRandom(seed: 0)
      _ = try stages.decode(random.normal([lengths.latent, rate.latentChannels]), rate: rate)
    }
  }

  private static func vocode(_ lengths: SequenceLengths, _ rate: AudioRate) -> StageTrial {
    let melFrames = lengths.latent * SequenceLengths.latentDownsampling
    return StageTrial(.vocoder(rate), "runs", timed: 1, total: 1) {
      $0.vocoder(melFrames: melFrames)
    } run: { stages in
      var random = TorchRandom(seed: 0)
      _ = try stages.vocode([random.normal([1, melFrames, rate.melBands])], rate: rate)
    }
  }

  /// `[count, 3, size, size]` bytes, no two frames alike.
  private static func frames(_ count: Int, _ size: Int) -> [UInt8] {
    let total = count * 3 * size * size
    return [UInt8](unsafeUninitializedCapacity: total) { bytes, initialized in
      var state: UInt32 = 1
      for index in 0..<total {
        state = state &* 1_664_525 &+ 1_013_904_223
        bytes[index] = UInt8(truncatingIfNeeded: state >> 24)
      }
      initialized = total
    }
  }
}
