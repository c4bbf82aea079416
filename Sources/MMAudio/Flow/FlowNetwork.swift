import MMAudioKernels

/// What differs between the two published architectures, told apart by their tensor names.
struct FlowVersion: Sendable {
  /// Behind the convolutions of the latent and sync input projections.
  let convolutionActivation: Activation
  /// Behind the linear layers of the clip and text input projections.
  let linearActivation: Activation
  /// Of the timestep embedding.
  let frequencyScale: Float

  static let first = FlowVersion(
    convolutionActivation: .selu, linearActivation: .identity, frequencyScale: 1)
  static let second = FlowVersion(
    convolutionActivation: .silu, linearActivation: .silu, frequencyScale: 10_000)
}

/// The flow of joint video, text and audio (paper section 3), Python `MMAudio`.
struct FlowNetwork: Sendable {
  /// Channels of a latent token.
  let latentChannels: Int
  /// Turns features into conditions, once before the first step.
  let project: ConditionProjections
  private let latentMean: Tensor
  private let latentDeviation: Tensor
  private let latentInput: InputProjection
  private let timestep: TimestepEmbedder
  private let jointBlocks: [JointBlock]
  private let fusedBlocks: [FusedBlock]
  private let finalBlock: FinalBlock
  private let headSize: Int

  /// Binds a whole flow network; every size is read off its tensors.
  init(_ weights: WeightScope) throws(WeightError) {
    let shape = try weights.shape("audio_input_proj.0.weight", rank: 3)  // [hidden, latent, 7]
    let hidden = shape[0]
    latentChannels = shape[1]
    let version: FlowVersion = weights.contains("clip_input_proj.1.w1.weight") ? .first : .second
    latentMean = try weights.tensor("latent_mean", [1, 1, latentChannels])
      .reshaped([latentChannels])
    latentDeviation = try weights.tensor("latent_std", [1, 1, latentChannels])
      .reshaped([latentChannels])
    project = try ConditionProjections(weights, hidden: hidden, version: version)
    latentInput = try InputProjection(
      weights.scope("audio_input_proj"), hidden: hidden, activation: version.convolutionActivation)
    timestep = try TimestepEmbedder(
      weights.scope("t_embed"), hidden: hidden, frequencyScale: version.frequencyScale)
    var jointBlocks: [JointBlock] = []
    for index in 0..<weights.count(of: "joint_blocks") {
      jointBlocks.append(
        try JointBlock(weights.scope("joint_blocks").scope("\(index)"), hidden: hidden))
    }
    self.jointBlocks = jointBlocks
    var fusedBlocks: [FusedBlock] = []
    for index in 0..<weights.count(of: "fused_blocks") {
      fusedBlocks.append(
        try FusedBlock(weights.scope("fused_blocks").scope("\(index)"), hidden: hidden))
    }
    self.fusedBlocks = fusedBlocks
    finalBlock = try FinalBlock(
      weights.scope("final_layer"), hidden: hidden, latent: latentChannels)
    headSize = try weights.shape("joint_blocks.0.latent_block.attn.q_norm.weight", rank: 1)[0]
  }

  /// The flow at one point in time for every item of the conditions, Python `predict_flow`.
  ///
  /// - Parameters:
  ///   - latents: each `[latent tokens, latent channels]`; repeated until every item has one
  ///   - time: 0 is noise, 1 is data
  ///   - conditions: one or more items
  ///   - positions: rotations of the latent and clip tokens
  /// - Returns: `[batch, latent tokens, latent channels]`
  func callAsFunction(
    _ latents: [Tensor], time: Float, _ conditions: Conditions, _ positions: Positions
  ) -> Tensor {
    let batch = conditions.global.shape[0]
    precondition(
      batch.isMultiple(of: latents.count), "flow: \(latents.count) latents for \(batch) items")
    let projected = latents.map { latentInput($0) }  // each [1, latent tokens, hidden]
    var streams = Streams(
      latent: concatenated((0..<batch).map { projected[$0 % latents.count] }),
      clip: conditions.clip, text: conditions.text)
    let context = context(time: time, conditions, positions)
    for block in jointBlocks { streams = block(streams, context) }
    var x = streams.latent
    for block in fusedBlocks { x = block(x, context) }
    // The global condition, where the extended one was meant: upstream issue #55.
    return finalBlock(x, condition: context.finalCondition)
  }

  /// `x · std + mean`: from the flow's latents to the VAE's.
  func unnormalize(_ latent: Tensor) -> Tensor {
    scaleAndShift(latent, scale: latentDeviation, shift: latentMean)
  }

  /// Rotations for sequences of these lengths; equal times of latent and clip turn equally.
  func positions(_ lengths: SequenceLengths) -> Positions {
    Positions(
      latent: RotaryEmbedding(positions: lengths.latent, size: headSize),
      clip: RotaryEmbedding(
        positions: lengths.clip, size: headSize,
        scale: Float(Double(lengths.latent) / Double(lengths.clip))))
  }

  /// Where the tokens are in time.
  struct Positions: Sendable {
    let latent: RotaryEmbedding
    let clip: RotaryEmbedding
  }

  private func context(
    time: Float, _ conditions: Conditions, _ positions: Positions
  ) -> BlockContext {
    let batch = conditions.sync.count
    let global = addingRepeated(conditions.global, timestep(time))  // [batch, hidden]
    let extended = conditions.sync.enumerated().map { item, sync in
      addingRepeated(sync.rows, global[item..<item + 1])  // [distinct sync tokens, hidden]
    }
    var firstRow = 0
    let rowOfLatent = conditions.sync.flatMap { sync in
      defer { firstRow += sync.rows.shape[0] }
      return nearestExact(from: sync.rowOfToken.count, to: positions.latent.count)
        .map { firstRow + sync.rowOfToken[$0] }
    }
    let globalRows = global.activated(.silu)
    func globalTable(tokens: Int) -> ConditionTable {
      ConditionTable(
        rows: globalRows,
        rowOfToken: (0..<batch).flatMap { Array(repeating: $0, count: tokens) })
    }
    return BlockContext(
      clipCondition: globalTable(tokens: conditions.clip.shape[1]),
      textCondition: globalTable(tokens: conditions.text.shape[1]),
      latentCondition: ConditionTable(
        rows: concatenated(extended).activated(.silu), rowOfToken: rowOfLatent),
      finalCondition: globalTable(tokens: positions.latent.count),
      latentRotary: positions.latent, clipRotary: positions.clip)
  }
}

/// Source index of every output of PyTorch's `interpolate(mode: "nearest-exact")`:
/// `⌊(i + 0.5) · source / target⌋`, in float32 as there.
func nearestExact(from source: Int, to target: Int) -> [Int] {
  let scale = Float(source) / Float(target)
  return (0..<target).map { min(Int((Float($0) + 0.5) * scale), source - 1) }
}
