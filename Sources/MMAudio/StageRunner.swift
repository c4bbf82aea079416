import Foundation
import MMAudioKernels

/// Runs one stage on tensors from a file, for debugging and for parity checks.
///
/// Names of stages, inputs and outputs are those of the parity goldens; batch axes are there and
/// always 1.
public struct StageRunner {
  /// What a stage can be told beside its tensors.
  public struct Options: Sendable {
    /// Prompts to tokenise.
    public var prompts: [String] = []
    /// Seed of the noise.
    public var seed: UInt64 = 42
    /// Shape of the noise.
    public var shape: [Int] = []
    /// Video to read frames from.
    public var video: String?
    /// Seconds that features and latents are for.
    public var seconds = 8.0
    /// Strength of guidance.
    public var guidance: Float = 4.5
    /// Euler steps.
    public var steps = 25
    /// Which flow network, VAE and vocoder; nil if the tensors or the folder tell.
    public var variant: ModelVariant?

    /// The defaults of `generate`.
    public init() {}
  }

  /// The stages, in the order of the data.
  public enum Name: String, Sendable, CaseIterable {
    /// Prompts → `tokens`.
    case tokenize
    /// Seed and shape → `x`.
    case noise
    /// Video → `clip_frames`, `sync_frames`.
    case frames
    /// `frames_u8` → `image_features`.
    case clipImage = "clip-image"
    /// `tokens` → `text_features`.
    case clipText = "clip-text"
    /// `sync_frames_u8` → `sync_features`.
    case sync
    /// Features → what does not depend on time.
    case conditions
    /// Features, `x`, `t` → `flow_cond`, `flow_empty`, `flow_cfg`.
    case flow
    /// Features, `x` → `latent`, `latent_unnormalized`.
    case sample
    /// `z` → `mel`.
    case vaeDecode = "vae-decode"
    /// `enc_mel` → `enc_mean`, `enc_std`.
    case vaeEncode = "vae-encode"
    /// `vocoder_mel` → `audio`.
    case vocode
  }

  private let stages: Stages
  private let input: StageInput
  private let options: Options

  /// A runner over a model folder.
  ///
  /// - Parameters:
  ///   - models: needs only the files of the stage's own networks
  ///   - input: a safetensors file, for stages that read tensors
  ///   - options: the settings of the stage
  /// - Throws: if the input is not a safetensors file
  public init(models: ModelFolder, input: URL?, options: Options) throws(WeightError) {
    stages = Stages(models: models) { _ in }
    self.input = StageInput(
      file: try input.map { url throws(WeightError) in try SafetensorsFile(url) })
    self.options = options
  }

  /// Runs a stage.
  public func callAsFunction(_ name: Name) throws -> [NamedTensor] {
    switch name {
    case .tokenize: try tokenize()
    case .noise: try noise()
    case .frames: try frames()
    case .clipImage: try clipImage()
    case .clipText: try clipText()
    case .sync: try sync()
    case .conditions: try conditions()
    case .flow: try flow()
    case .sample: try sample()
    case .vaeDecode: try vaeDecode()
    case .vaeEncode: try vaeEncode()
    case .vocode: try vocode()
    }
  }

  private func tokenize() throws -> [NamedTensor] {
    guard !options.prompts.isEmpty else { throw StageError.option("--prompt") }
    let tokenizer = CLIPTokenizer()
    return [
      NamedTensor(
        name: "tokens", shape: [options.prompts.count, CLIPTokenizer.contextLength],
        values: .int32(options.prompts.flatMap { tokenizer($0) }))
    ]
  }

  private func noise() throws -> [NamedTensor] {
    let count = options.shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    guard !options.shape.isEmpty, options.shape.allSatisfy({ (1...1_000_000).contains($0) }),
      options.shape.reduce(1.0, { $0 * Double($1) }) <= 1e8, count > 0
    else { throw StageError.option("--shape of 1 to 100,000,000 values") }
    var random = TorchRandom(seed: options.seed)
    return [NamedTensor("x", random.normal(options.shape))]
  }

  private func frames() throws -> [NamedTensor] {
    guard let video = options.video else { throw StageError.option("--video") }
    try checkOptions()
    let frames = try VideoFrames(path: video, duration: options.seconds)
    return [
      NamedTensor(
        name: "clip_frames",
        shape: [frames.clipCount, 3, VideoFrames.clipSize, VideoFrames.clipSize],
        values: .uint8(frames.clipFrames)),
      NamedTensor(
        name: "sync_frames",
        shape: [frames.syncCount, 3, VideoFrames.syncSize, VideoFrames.syncSize],
        values: .uint8(frames.syncFrames)),
    ]
  }

  private func clipImage() throws -> [NamedTensor] {
    let (frames, count) = try input.frames(
      "frames_u8", size: CLIPImageEncoder.imageSize, rate: SequenceLengths.clipFrameRate,
      atLeast: 1)
    return [NamedTensor("image_features", try stages.clipFeatures(frames, count: count))]
  }

  private func clipText() throws -> [NamedTensor] {
    let features = try stages.textFeatures(tokens: try input.tokens("tokens"))
    return [NamedTensor("text_features", concatenated(features.map(\.asBatch)))]
  }

  private func sync() throws -> [NamedTensor] {
    let (frames, count) = try input.frames(
      "sync_frames_u8", size: Synchformer.imageSize, rate: SequenceLengths.syncFrameRate,
      atLeast: SequenceLengths.syncSegmentFrames)
    return [NamedTensor("sync_features", try stages.syncFeatures(frames, count: count).asBatch)]
  }

  private func conditions() throws -> [NamedTensor] {
    let lengths = try lengths()
    let features = try features()
    var outputs: [NamedTensor] = []
    _ = try stages.withFlowNetwork(try flowVariant()) { network in
      try network.check(features, lengths)
      let conditions = network.project(features)
      let sync = conditions.sync[0]
      let upsampled = gatherRows(
        sync.rows,
        nearestExact(from: lengths.sync, to: lengths.latent).map { sync.rowOfToken[$0] })
      outputs = [
        NamedTensor("cond_clip_f", conditions.clip), NamedTensor("cond_sync_f", upsampled.asBatch),
        NamedTensor("cond_text_f", conditions.text),
        NamedTensor("cond_clip_c", conditions.clipMean),
        NamedTensor("cond_text_c", conditions.textMean),
      ]
      return upsampled
    }
    return outputs
  }

  private func flow() throws -> [NamedTensor] {
    let lengths = try lengths()
    let features = try features()
    let negativeText = try input.matrix("negative_text_f")
    let time = try input.scalar("t")
    let flows = try stages.withFlowNetwork(try flowVariant()) { network in
      try network.check(features, lengths)
      let latent = try input.latent(lengths, channels: network.latentChannels)
      let empty = network.project.emptyFeatures(lengths)
      let negative = network.project.emptyFeatures(lengths, text: negativeText)
      try network.check(negative, lengths)
      let batch = Conditions.batch([features, empty, negative].map { network.project($0) })
      return network([latent], time: time, batch, network.positions(lengths))
    }
    let sampler = EulerSampler(steps: 1, guidance: options.guidance)
    let guided = sampler.guided(concatenated([flows[0..<1], flows[2..<3]]))[0]
    return [
      NamedTensor("flow_cond", flows[0..<1]), NamedTensor("flow_empty", flows[1..<2]),
      NamedTensor("flow_cfg", options.guidance < 1 ? flows[0..<1] : guided.asBatch),
    ]
  }

  private func sample() throws -> [NamedTensor] {
    let lengths = try lengths()
    let features = try features()
    let negativeText = try input.matrix("negative_text_f")
    var unnormalized = features.clip
    let latent = try stages.withFlowNetwork(try flowVariant()) { network in
      try network.check(features, lengths)
      let noise = try input.latent(lengths, channels: network.latentChannels)
      let empty = network.project.emptyFeatures(lengths, text: negativeText)
      try network.check(empty, lengths)
      let sampler = EulerSampler(steps: options.steps, guidance: options.guidance)
      let latent = sampler(
        network, noise: [noise], conditions: [network.project(features)],
        empty: network.project(empty),
        plan: WindowPlan(seconds: options.seconds, rate: try flowVariant().rate)
      ) { _ in }[0]
      unnormalized = network.unnormalize(latent)
      return latent
    }
    return [
      NamedTensor("latent", latent.asBatch),
      NamedTensor("latent_unnormalized", unnormalized.asBatch),
    ]
  }

  private func vaeDecode() throws -> [NamedTensor] {
    let latent = transposed(try input.matrix("z"))  // [latent tokens, latent channels]
    let rate = try rate("z", latent, \.latentChannels)
    return [NamedTensor("mel", transposed(try stages.decode(latent, rate: rate)))]
  }

  private func vaeEncode() throws -> [NamedTensor] {
    let mel = transposed(try input.matrix("enc_mel"))  // [time, mel bands]
    let rate = try rate("enc_mel", mel, \.melBands)
    guard mel.shape[0] >= SequenceLengths.latentDownsampling else {
      throw StageError.shape(
        "enc_mel", found: [1, mel.shape[1], mel.shape[0]], expected: "at least 2 time steps")
    }
    let moments = try stages.withNetwork(.vaeEncoder(rate), .decode) { weights in
      try VAEEncoder(weights, rate: rate)
    } _: { encoder in
      encoder(mel.asBatch)
    }  // [1, time / 2, 2 * latent channels]
    let channels = transposed(moments)[0..<1]
      .reshaped([moments.shape[2], moments.shape[1]])
    let half = channels.shape[0] / 2
    let deviation = channels[half..<2 * half].clamped(-30, 20).values.map { exp(0.5 * $0) }
    return [
      NamedTensor("enc_mean", channels[0..<half].asBatch),
      NamedTensor("enc_std", Tensor([1, half, moments.shape[1]], deviation)),
    ]
  }

  private func vocode() throws -> [NamedTensor] {
    let mel = transposed(try input.matrix("vocoder_mel"))  // [time, mel bands]
    let rate = try rate("vocoder_mel", mel, \.melBands)
    let samples = try stages.vocode([mel.asBatch], rate: rate)[0]
    return [NamedTensor("audio", samples.reshaped([1, 1, samples.count]))]
  }

  private func features() throws -> Features {
    Features(
      clip: try input.matrix("clip_f"), sync: try input.matrix("sync_f"),
      text: try input.matrix("text_f"))
  }

  private func lengths() throws -> SequenceLengths {
    try checkOptions()
    return SequenceLengths(seconds: options.seconds, rate: try flowVariant().rate)
  }

  private func checkOptions() throws {
    var request = GenerationRequest()
    request.seconds = options.seconds
    request.guidance = options.guidance
    request.steps = options.steps
    try request.validate()
  }

  /// The variant asked for, or the only one in the folder.
  private func flowVariant() throws -> ModelVariant {
    if let variant = options.variant { return variant }
    let variants = stages.models.variants
    guard variants.count == 1 else { throw StageError.option("--variant") }
    return variants[0]
  }

  /// The rate of the variant asked for, or the one whose tensors look like the input,
  /// `[time, channels]`.
  private func rate(
    _ name: String, _ input: Tensor, _ property: KeyPath<AudioRate, Int>
  ) throws -> AudioRate {
    let channels = input.shape[1]
    let rates = options.variant.map { [$0.rate] } ?? AudioRate.all
    guard let rate = rates.first(where: { $0[keyPath: property] == channels }) else {
      let widths = rates.map { "\($0[keyPath: property])" }.joined(separator: " or ")
      throw StageError.shape(
        name, found: [1, channels, input.shape[0]], expected: "\(widths) channels")
    }
    return rate
  }
}

extension Tensor {
  /// The same values with a leading batch axis of 1.
  fileprivate var asBatch: Tensor { reshaped([1] + shape) }
}
