import MMAudioKernels

/// The stages of a run, each a verb: it opens its network, runs it, checks what came out and lets
/// the weights go.
///
/// A stage reports that 0 steps are done when its network is ready to run.
struct Stages {
  let models: ModelFolder
  /// Closes every network after its use unless the caller keeps some.
  var networks = OpenNetworks(limit: 0)
  /// Features of earlier runs; nil if every encoder is to run.
  var cache: FeatureCache? = nil
  let progress: (StageProgress) throws -> Void

  /// Prompts → `[77, width]` each, in one batch.
  func textFeatures(_ prompts: [String]) throws -> [Tensor] {
    let tokenizer = CLIPTokenizer()
    return try textFeatures(tokens: prompts.map { tokenizer($0) })
  }

  /// Token ids → `[77, width]` each, in one batch.
  func textFeatures(tokens: [[Int32]]) throws -> [Tensor] {
    // All prompts are one entry: how a batch is composed may change how it is rounded.
    try cached(
      .clipText, tokens.flatMap(\.self), rows: [tokens.count, CLIPTokenizer.contextLength]
    ) {
      try report(.encodeText, 1, 1)
    } compute: {
      try withNetwork(.clipText, .encodeText, CLIPTextEncoder.init) { encoder in
        try report(.encodeText, 0, 1)
        let features = encoder(tokens)  // [prompts, 77, width]
        try report(.encodeText, 1, 1)
        return features
      }
    }.items
  }

  /// `[count, 3, 384, 384]` bytes → `[count, width]`; `progress` gets the frames done.
  func clipFeatures(
    _ frames: [UInt8], count: Int, progress: (Int) throws -> Void
  ) throws -> Tensor {
    try cached(.clipImage, frames, rows: [count]) {
      try progress(count)
    } compute: {
      try withNetwork(.clipImage, .encodeFrames, CLIPImageEncoder.init) { encoder in
        try encoder(frames, count: count, progress: progress)
      }
    }
  }

  /// The same for frames that are all there are.
  func clipFeatures(_ frames: [UInt8], count: Int) throws -> Tensor {
    try clipFeatures(frames, count: count) { done in try report(.encodeFrames, done, count) }
  }

  /// `[count, 3, 224, 224]` bytes → `[8 * segments, width]`; `progress` gets the segments done and in all.
  func syncFeatures(
    _ frames: [UInt8], count: Int, progress: (Int, Int) throws -> Void
  ) throws -> Tensor {
    let segments = SequenceLengths.segments(frames: count)
    return try cached(
      .synchformer, frames, rows: [segments * SequenceLengths.syncTokensPerSegment]
    ) {
      try progress(segments, segments)
    } compute: {
      try withNetwork(.synchformer, .encodeMotion, Synchformer.init) { encoder in
        try encoder(frames, count: count, progress: progress)
      }
    }
  }

  /// The same for frames that are all there are.
  func syncFeatures(_ frames: [UInt8], count: Int) throws -> Tensor {
    try syncFeatures(frames, count: count) { done, segments in
      try report(.encodeMotion, done, segments)
    }
  }

  /// Runs `body` with the flow network of a variant.
  func withFlowNetwork<Result: FiniteCheckable>(
    _ variant: ModelVariant, _ body: (FlowNetwork) throws -> Result
  ) throws -> Result {
    func open(_ weights: WeightScope) throws -> FlowNetwork {
      let network = try FlowNetwork(weights)
      try weights.requireAllUsed()
      return network
    }
    return try withNetwork(.flow(variant), .sample, open, body)
  }

  /// Euler steps from noise to unnormalised latents, one take a seed.
  ///
  /// - Parameters:
  ///   - variant: which flow network
  ///   - plan: the windows to sample in
  ///   - request: seeds, steps and guidance
  ///   - clip: features of all windows, nil for the learned empty ones
  ///   - sync: features of all windows, nil for the learned empty ones
  ///   - text: features of the prompt
  ///   - negativeText: features of the negative prompt
  /// - Returns: for each take `[all latent tokens, latent channels]`
  /// - Throws: if features and network do not fit, or what `progress` throws
  func sample(
    _ variant: ModelVariant, plan: WindowPlan, request: GenerationRequest, clip: Tensor?,
    sync: Tensor?, text: Tensor, negativeText: Tensor
  ) throws -> [Tensor] {
    try withFlowNetwork(variant) { network in
      let empty = network.project.emptyFeatures(plan.lengths, text: negativeText)
      let conditions = try plan.windows.map { window in
        let features = Features(
          clip: clip.map { $0[window.clip] } ?? empty.clip,
          sync: sync.map { $0[window.sync] } ?? empty.sync, text: text)
        try network.check(features, plan.lengths)
        return network.project(features)
      }
      let noise = request.seeds.map { seed in
        var random = TorchRandom(seed: seed)
        return random.normal([plan.total.latent, network.latentChannels])
      }
      let emptyConditions = network.project(empty)
      try report(.sample, 0, request.steps)
      let sampler = EulerSampler(steps: request.steps, guidance: request.guidance)
      let latents = try sampler(
        network, noise: noise, conditions: conditions, empty: emptyConditions, plan: plan
      ) { step in try report(.sample, step, request.steps) }
      return latents.map { network.unnormalize($0) }
    }
  }

  /// Latents of each take → mel spectrograms, window by window as they were sampled: the decoder looks at
  /// all of its input at once, and learned to do so on one window.
  ///
  /// - Parameters:
  ///   - takes: each `[all latent tokens, latent channels]`
  ///   - plan: the windows to decode in
  ///   - rate: which decoder
  /// - Returns: for each take `[1, 2 * all latent tokens, mel bands]`
  /// - Throws: if latents and network do not fit, or what `progress` throws
  func decode(_ takes: [Tensor], plan: WindowPlan, rate: AudioRate) throws -> [Tensor] {
    let total = takes.count * plan.windows.count
    var done = 0
    return try withNetwork(.vaeDecoder(rate), .decode) { weights in
      try VAEDecoder(weights, rate: rate)
    } _: { decoder in
      try report(.decode, 0, total)
      return try takes.map { latent in
        guard decoder.latentChannels == latent.shape[1] else {
          throw PipelineError.widths(
            what: "latents", found: latent.shape[1], network: ModelFile.vaeDecoder(rate).network,
            expected: decoder.latentChannels)
        }
        let mels = try plan.windows.map { window in
          let mel = decoder(latent[window.latent])  // [1, 2 * latent tokens, mel bands]
          done += 1
          try report(.decode, done, total)
          return mel.reshaped([mel.shape[1], mel.shape[2]])
        }
        let mel = plan.blended(mels, tokensPerLatent: SequenceLengths.latentDownsampling)
        return mel.reshaped([1] + mel.shape)
      }
    }
  }

  /// `[latent tokens, latent channels]` → `[1, 2 * latent tokens, mel bands]`, all at once.
  func decode(_ latent: Tensor, rate: AudioRate) throws -> Tensor {
    try decode([latent], plan: WindowPlan(latentTokens: latent.shape[0]), rate: rate)[0]
  }

  /// `[1, time, mel bands]` of each take → `[samples]`.
  func vocode(_ mels: [Tensor], rate: AudioRate) throws -> [Tensor] {
    try withNetwork(.vocoder(rate), .vocode) { weights in
      try BigVGAN(weights, rate: rate)
    } _: { vocoder in
      var before = 0
      return try mels.map { mel in
        defer { before += mel.shape[1] }
        return try vocoder(mel) { done, frames in
          try report(.vocode, before + done, mels.count * frames)
        }
      }
    }
  }

  /// Calls `body` with a network, and blames the right file if the result is not finite.
  func withNetwork<Network: Sendable, Result: FiniteCheckable>(
    _ file: ModelFile, _ stage: StageProgress.Stage, _ make: (WeightScope) throws -> Network,
    _ body: (Network) throws -> Result
  ) throws -> Result {
    try networks.with(file, in: models, make: make) { network, weights in
      let result = try body(network)
      guard result.isFinite else {
        for name in weights.names where try !weights.tensor(name).isFinite {
          throw WeightError.nonFinite(path: weights.path, tensor: name)
        }
        throw PipelineError.notFinite(stage: stage)
      }
      return result
    }
  }

  /// Says how far a stage is.
  func report(_ stage: StageProgress.Stage, _ done: Int, _ total: Int) throws {
    try progress(StageProgress(stage: stage, done: done, total: total))
  }
}

/// What a network gives: a tensor, or one for each take.
protocol FiniteCheckable {
  /// Whether all values are finite.
  var isFinite: Bool { get }
}

extension Tensor: FiniteCheckable {}

extension [Tensor]: FiniteCheckable {
  var isFinite: Bool { allSatisfy(\.isFinite) }
}

/// What goes wrong between networks that are each in order.
public enum PipelineError: Error, Equatable, CustomStringConvertible {
  /// One network's output does not fit the next one's input.
  case widths(what: String, found: Int, network: String, expected: Int)
  /// There are more or fewer tokens than the duration has.
  case lengths(what: String, found: Int, expected: Int)
  /// A stage gave NaN or infinity although its weights are finite.
  case notFinite(stage: StageProgress.Stage)

  /// The error as one line.
  public var description: String {
    switch self {
    case .widths(let what, let found, let network, let expected):
      "\(what) have \(found) channels, but the \(network) expects \(expected); "
        + "the model files do not belong together, run `mmaudio convert --force` on the published files again"
    case .lengths(let what, let found, let expected):
      "there are \(found) \(what), expected \(expected) for this duration; "
        + "pass the --duration they were made for"
    case .notFinite(let stage):
      "\(stage.rawValue) gave values that are not finite; "
        + "try a smaller --cfg, and convert the models again if that does not help"
    }
  }
}

extension Tensor {
  /// The items of the outermost axis.
  fileprivate var items: [Tensor] {
    (0..<shape[0]).map { self[$0..<$0 + 1].reshaped(Array(shape.dropFirst())) }
  }
}

extension FlowNetwork {
  /// Throws unless the features fit this network and these lengths.
  func check(_ features: Features, _ lengths: SequenceLengths) throws(PipelineError) {
    let widths = project.featureWidths
    for (what, tensor, count, width) in [
      ("CLIP features", features.clip, lengths.clip, widths.clip),
      ("sync features", features.sync, lengths.sync, widths.sync),
      ("text features", features.text, CLIPTokenizer.contextLength, widths.text),
    ] {
      guard tensor.shape[1] == width else {
        throw .widths(
          what: what, found: tensor.shape[1], network: "flow network", expected: width)
      }
      guard tensor.shape[0] == count else {
        throw .lengths(what: what, found: tensor.shape[0], expected: count)
      }
    }
  }
}
