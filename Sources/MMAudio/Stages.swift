import MMAudioKernels

/// The stages of a run, each a verb: it opens its network, runs it, checks what came out and lets
/// the weights go.
///
/// A stage reports that 0 steps are done when its network is ready to run.
struct Stages {
  let models: ModelFolder
  let progress: (StageProgress) throws -> Void

  /// Decodes a video as far as `seconds` and resizes its frames for both encoders.
  func readVideo(_ path: String, seconds: Double) throws -> VideoFrames {
    try report(.readVideo, 0, 1)
    let frames = try VideoFrames(path: path, duration: seconds)
    guard frames.syncCount >= SequenceLengths.syncSegmentFrames else {
      throw RequestError.videoTooShort(
        path: path, seconds: frames.duration, shortest: GenerationRequest.shortestSeconds)
    }
    try report(.readVideo, 1, 1)
    return frames
  }

  /// Prompts → `[77, width]` each, in one batch.
  func textFeatures(_ prompts: [String]) throws -> [Tensor] {
    let tokenizer = CLIPTokenizer()
    return try textFeatures(tokens: prompts.map { tokenizer($0) })
  }

  /// Token ids → `[77, width]` each, in one batch.
  func textFeatures(tokens: [[Int32]]) throws -> [Tensor] {
    try withNetwork(.clipText, .encodeText) { weights in
      let encoder = try CLIPTextEncoder(weights)
      try report(.encodeText, 0, 1)
      let features = encoder(tokens)  // [prompts, 77, width]
      try report(.encodeText, 1, 1)
      return features
    }.items
  }

  /// `[count, 3, 384, 384]` bytes → `[count, width]`.
  func clipFeatures(_ frames: [UInt8], count: Int) throws -> Tensor {
    try withNetwork(.clipImage, .encodeFrames) { weights in
      try CLIPImageEncoder(weights)(frames, count: count) { done in
        try report(.encodeFrames, done, count)
      }
    }
  }

  /// `[count, 3, 224, 224]` bytes → `[8 * segments, width]`.
  func syncFeatures(_ frames: [UInt8], count: Int) throws -> Tensor {
    try withNetwork(.synchformer, .encodeMotion) { weights in
      try Synchformer(weights)(frames, count: count) { done, segments in
        try report(.encodeMotion, done, segments)
      }
    }
  }

  /// Runs `body` with the flow network of a variant.
  func withFlowNetwork(
    _ variant: ModelVariant, _ body: (FlowNetwork) throws -> Tensor
  ) throws -> Tensor {
    try withNetwork(.flow(variant), .sample) { weights in
      let network = try FlowNetwork(weights)
      try weights.requireAllUsed()
      return try body(network)
    }
  }

  /// Euler steps from noise to unnormalised latents.
  ///
  /// - Parameters:
  ///   - variant: which flow network
  ///   - lengths: token counts of the features
  ///   - request: seed, steps and guidance
  ///   - clip: nil for the learned empty features
  ///   - sync: nil for the learned empty features
  ///   - text: features of the prompt
  ///   - negativeText: features of the negative prompt
  /// - Returns: `[latent tokens, latent channels]`
  /// - Throws: if features and network do not fit, or what `progress` throws
  func sample(
    _ variant: ModelVariant, lengths: SequenceLengths, request: GenerationRequest, clip: Tensor?,
    sync: Tensor?, text: Tensor, negativeText: Tensor
  ) throws -> Tensor {
    try withFlowNetwork(variant) { network in
      let empty = network.project.emptyFeatures(lengths, text: negativeText)
      let features = Features(clip: clip ?? empty.clip, sync: sync ?? empty.sync, text: text)
      try network.check(features, lengths)
      var random = TorchRandom(seed: request.seed)
      let noise = random.normal([lengths.latent, network.latentChannels])
      let conditions = (features: network.project(features), empty: network.project(empty))
      try report(.sample, 0, request.steps)
      let sampler = EulerSampler(steps: request.steps, guidance: request.guidance)
      let latent = try sampler(
        network, noise: noise, conditions: conditions.features, empty: conditions.empty,
        lengths: lengths
      ) { step in try report(.sample, step, request.steps) }
      return network.unnormalize(latent)
    }
  }

  /// `[latent tokens, latent channels]` → `[1, 2 * latent tokens, mel bands]`.
  func decode(_ latent: Tensor, rate: AudioRate) throws -> Tensor {
    try withNetwork(.vaeDecoder(rate), .decode) { weights in
      let decoder = try VAEDecoder(weights, rate: rate)
      guard decoder.latentChannels == latent.shape[1] else {
        throw PipelineError.widths(
          what: "latents", found: latent.shape[1], network: ModelFile.vaeDecoder(rate).network,
          expected: decoder.latentChannels)
      }
      try report(.decode, 0, 1)
      let mel = decoder(latent)
      try report(.decode, 1, 1)
      return mel
    }
  }

  /// `[1, time, mel bands]` → `[samples]`.
  func vocode(_ mel: Tensor, rate: AudioRate) throws -> Tensor {
    try withNetwork(.vocoder(rate), .vocode) { weights in
      try BigVGAN(weights, rate: rate)(mel) { done, stages in
        try report(.vocode, done, stages)
      }
    }
  }

  /// Opens a network's file for `body`, and blames the right file if the result is not finite.
  func withNetwork(
    _ network: ModelFile, _ stage: StageProgress.Stage, _ body: (WeightScope) throws -> Tensor
  ) throws -> Tensor {
    let file = try network.open(in: models)
    let result = try body(WeightScope(file))
    guard result.isFinite else {
      for name in file.names where try !file.tensor(name).isFinite {
        throw WeightError.nonFinite(path: file.path, tensor: name)
      }
      throw PipelineError.notFinite(stage: stage)
    }
    return result
  }

  private func report(_ stage: StageProgress.Stage, _ done: Int, _ total: Int) throws {
    try progress(StageProgress(stage: stage, done: done, total: total))
  }
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
        + "the model files do not belong together, convert them again"
    case .lengths(let what, let found, let expected):
      "there are \(found) \(what), expected \(expected) for this duration; "
        + "pass the duration they were made for"
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
