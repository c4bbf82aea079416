import MMAudioKernels

/// Synchformer's visual encoder: frames at 25 a second → features at 24 a second.
///
/// A Motionformer with divided space-time attention runs on segments of 16 frames that start every
/// 8 frames; a one-layer transformer then pools the patches of each of a segment's 8 time steps into
/// a class token, which is the feature (Iashin et al. 2024). Python `MotionFormer`.
struct Synchformer: Sendable {
  static let imageSize = VideoFrames.syncSize
  private static let headSize = 64
  private static let epsilon: Float = 1e-6
  private static let mean: [Float] = [0.5, 0.5, 0.5]

  private let patchSize: Int
  private let depth: Int
  private let timeSteps: Int
  private let places: Int
  private let width: Int
  private let patchEmbedding: LinearWeights
  private let classToken: Tensor
  /// `[1 + time steps * places, width]`: position in space plus position in time.
  private let positions: Tensor
  private let blocks: [DividedBlock]
  private let norm: LayerNormWeights
  private let aggregation: AggregationLayer

  /// Binds `vfeat_extractor.*`.
  init(_ weights: WeightScope) throws(WeightError) {
    let weights = weights.scope("vfeat_extractor")
    let kernel = try weights.shape("patch_embed_3d.proj.weight", rank: 5)  // [width, 3, 2, 16, 16]
    let width = kernel[0]
    self.width = width
    patchSize = kernel[4]
    timeSteps = SequenceLengths.syncTokensPerSegment
    depth = SequenceLengths.syncSegmentFrames / timeSteps
    let side = Self.imageSize / patchSize
    places = side * side
    patchEmbedding = LinearWeights(
      try weights.kernel(
        "patch_embed_3d.proj.weight", [width, 3, depth, patchSize, patchSize]),
      bias: try weights.tensor("patch_embed_3d.proj.bias", [width]))
    classToken = try weights.tensor("cls_token", [1, 1, width]).reshaped([1, width])
    let space = try weights.tensor("pos_embed", [1, 1 + places, width])
      .reshaped([1 + places, width])
    let time = try weights.tensor("temp_embed", [1, timeSteps, width]).reshaped([timeSteps, width])
    let patchPositions = space[1..<space.shape[0]]
    positions = concatenated(
      [space[0..<1]]
        + (0..<time.shape[0]).map { addingRepeated(patchPositions, time[$0..<$0 + 1]) })
    var blocks: [DividedBlock] = []
    for index in 0..<weights.count(of: "blocks") {
      blocks.append(try DividedBlock(weights.scope("blocks").scope("\(index)"), width: width))
    }
    self.blocks = blocks
    norm = try LayerNormWeights(weights.scope("norm"), width: width, epsilon: Self.epsilon)
    aggregation = try AggregationLayer(weights.scope("spatial_attn_agg"), width: width)
  }

  /// Eight features for every segment of 16 frames, segments starting every 8 frames.
  ///
  /// - Parameters:
  ///   - frames: `[count, 3, 224, 224]`, planar 8-bit RGB
  ///   - count: number of frames, at least 16
  ///   - progress: called with the segments done and in all; may throw to cancel
  /// - Returns: `[8 * segments, width]`
  func callAsFunction(
    _ frames: [UInt8], count: Int, progress: (Int, Int) throws -> Void
  ) rethrows -> Tensor {
    let segments = SequenceLengths.segments(frames: count)
    try progress(0, segments)
    var features: [Tensor] = []
    for segment in 0..<segments {
      features.append(encode(frames, first: segment * SequenceLengths.syncSegmentStep))
      try progress(segment + 1, segments)
    }
    return concatenated(features)
  }

  private func encode(_ frames: [UInt8], first: Int) -> Tensor {
    let pixels = patches(
      of: frames, size: Self.imageSize,
      images: Array(first..<first + SequenceLengths.syncSegmentFrames), patch: patchSize,
      depth: depth, mean: Self.mean, deviation: Self.mean)
    let embedded = patchEmbedding(pixels).reshaped([timeSteps * places, width])
    var x = addingRepeated(concatenated([classToken, embedded]), positions)
    for block in blocks { x = block(x, timeSteps: timeSteps, places: places) }
    // The class token served the blocks; what is pooled are the patches.
    return aggregation(norm(x[1..<x.shape[0]]), groups: timeSteps)  // [8, width]
  }

  /// Time attention, space attention and MLP, each on a normalised copy and added back, Python
  /// `DividedSpaceTimeBlock`.
  private struct DividedBlock: Sendable {
    let timeNorm: LayerNormWeights
    let timeAttention: SelfAttention
    let spaceNorm: LayerNormWeights
    let spaceAttention: SelfAttention
    let mlpNorm: LayerNormWeights
    let expansion: LinearWeights
    let contraction: LinearWeights

    init(_ weights: WeightScope, width: Int) throws(WeightError) {
      timeNorm = try LayerNormWeights(weights.scope("norm3"), width: width, epsilon: epsilon)
      timeAttention = try SelfAttention(weights.scope("timeattn"), width: width)
      spaceNorm = try LayerNormWeights(weights.scope("norm1"), width: width, epsilon: epsilon)
      spaceAttention = try SelfAttention(weights.scope("attn"), width: width)
      mlpNorm = try LayerNormWeights(weights.scope("norm2"), width: width, epsilon: epsilon)
      let inner = try weights.shape("mlp.fc1.bias", rank: 1)[0]
      expansion = try LinearWeights(
        weights.scope("mlp").scope("fc1"), inputs: width, outputs: inner)
      contraction = try LinearWeights(
        weights.scope("mlp").scope("fc2"), inputs: inner, outputs: width)
    }

    /// x and the result are `[1 + time steps * places, width]`, the class token first.
    func callAsFunction(_ x: Tensor, timeSteps: Int, places: Int) -> Tensor {
      let classRow = Rows(start: 0, count: 1)
      let all = Rows(start: 0, count: x.shape[0])
      // The class token sees everything; patches see it beside those of their place or time.
      let classGroup = AttentionGroup(queries: classRow, keys: [all])
      let overTime = (0..<places).map { place in
        let rows = Rows(start: 1 + place, step: places, count: timeSteps)
        return AttentionGroup(queries: rows, keys: [classRow, rows])
      }
      let overSpace = (0..<timeSteps).map { step in
        let rows = Rows(start: 1 + step * places, count: places)
        return AttentionGroup(queries: rows, keys: [classRow, rows])
      }
      var x = timeAttention(timeNorm(x), groups: [classGroup] + overTime, addedTo: x)
      x = spaceAttention(spaceNorm(x), groups: [classGroup] + overSpace, addedTo: x)
      return contraction(expansion(mlpNorm(x), activation: .gelu), addedTo: x)
    }
  }

  /// `qkv`, attention within groups, `proj`, Python `DividedAttention`.
  private struct SelfAttention: Sendable {
    let heads: Int
    let qkv: LinearWeights
    let projection: LinearWeights

    init(_ weights: WeightScope, width: Int) throws(WeightError) {
      heads = width / headSize
      qkv = try LinearWeights(weights.scope("qkv"), inputs: width, outputs: 3 * width)
      projection = try LinearWeights(weights.scope("proj"), inputs: width, outputs: width)
    }

    func callAsFunction(_ x: Tensor, groups: [AttentionGroup], addedTo residual: Tensor) -> Tensor {
      projection(attention(qkv(x), heads: heads, groups: groups), addedTo: residual)
    }
  }

  /// A pre-norm `nn.TransformerEncoderLayer` of which only the class token's row is used, so only
  /// that row is computed behind the attention.
  private struct AggregationLayer: Sendable {
    let heads: Int
    let classToken: Tensor
    let attentionNorm: LayerNormWeights
    let inProjection: LinearWeights
    let outProjection: LinearWeights
    let mlpNorm: LayerNormWeights
    let expansion: LinearWeights
    let contraction: LinearWeights

    init(_ weights: WeightScope, width: Int) throws(WeightError) {
      heads = width / headSize
      classToken = try weights.tensor("cls_token", [1, 1, width]).reshaped([1, width])
      attentionNorm = try LayerNormWeights(weights.scope("norm1"), width: width, epsilon: epsilon)
      let attention = weights.scope("self_attn")
      inProjection = LinearWeights(
        try attention.kernel("in_proj_weight", [3 * width, width]),
        bias: try attention.tensor("in_proj_bias", [3 * width]))
      outProjection = try LinearWeights(attention.scope("out_proj"), inputs: width, outputs: width)
      mlpNorm = try LayerNormWeights(weights.scope("norm2"), width: width, epsilon: epsilon)
      let inner = try weights.shape("linear1.bias", rank: 1)[0]
      expansion = try LinearWeights(weights.scope("linear1"), inputs: width, outputs: inner)
      contraction = try LinearWeights(weights.scope("linear2"), inputs: inner, outputs: width)
    }

    /// Pools every group.
    ///
    /// - Parameters:
    ///   - x: `[groups * places, width]`
    ///   - groups: time steps, each pooled on its own
    /// - Returns: `[groups, width]`
    func callAsFunction(_ x: Tensor, groups: Int) -> Tensor {
      let places = x.shape[0] / groups
      let classTokens = gatherRows(classToken, Array(repeating: 0, count: groups))
      let qkv = inProjection(attentionNorm(concatenated([classTokens, x])))
      let attended = attention(
        qkv, heads: heads,
        groups: (0..<groups).map { group in
          let classRow = Rows(start: group, count: 1)
          let patches = Rows(start: groups + group * places, count: places)
          return AttentionGroup(queries: classRow, keys: [classRow, patches])
        })
      let pooled = outProjection(attended[0..<groups], addedTo: classTokens)
      return contraction(expansion(mlpNorm(pooled), activation: .gelu), addedTo: pooled)
    }
  }
}
