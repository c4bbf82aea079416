import MMAudioKernels

/// The pre-norm transformer that both towers of CLIP share, open_clip's `Transformer`.
struct CLIPTransformer: Sendable {
  private let blocks: [Block]

  /// Binds `resblocks.0`, `resblocks.1`, … of `width` channels in heads of `headSize`.
  init(_ weights: WeightScope, width: Int, headSize: Int) throws(WeightError) {
    let scope = weights.scope("resblocks")
    var blocks: [Block] = []
    for index in 0..<weights.count(of: "resblocks") {
      blocks.append(try Block(scope.scope("\(index)"), width: width, heads: width / headSize))
    }
    self.blocks = blocks
  }

  /// x and the result are `[batch, tokens, width]`.
  func callAsFunction(_ x: Tensor, causal: Bool) -> Tensor {
    blocks.reduce(x) { $1($0, causal: causal) }
  }

  /// What becomes of the first token of every sequence, `[batch, width]`: behind the last block's keys
  /// and values nothing else is computed.
  func firstTokens(_ x: Tensor) -> Tensor {
    let x = blocks.dropLast().reduce(x) { $1($0, causal: false) }
    let rows = x.reshaped([x.shape[0] * x.shape[1], x.shape[2]])
    let first = (0..<x.shape[0]).map { $0 * x.shape[1] }
    return blocks.last?.firstTokens(x, first) ?? gatherRows(rows, first)
  }

  /// `x + attention(norm(x))`, then `x + mlp(norm(x))` with quick-GELU.
  private struct Block: Sendable {
    let heads: Int
    let firstNorm: LayerNormWeights
    let secondNorm: LayerNormWeights
    let inProjection: LinearWeights
    let outProjection: LinearWeights
    let expansion: LinearWeights
    let contraction: LinearWeights

    init(_ weights: WeightScope, width: Int, heads: Int) throws(WeightError) {
      self.heads = heads
      firstNorm = try LayerNormWeights(weights.scope("ln_1"), width: width, epsilon: 1e-5)
      secondNorm = try LayerNormWeights(weights.scope("ln_2"), width: width, epsilon: 1e-5)
      let attention = weights.scope("attn")
      inProjection = LinearWeights(
        try attention.kernel("in_proj_weight", [3 * width, width]),
        bias: try attention.tensor("in_proj_bias", [3 * width]))
      outProjection = try LinearWeights(attention.scope("out_proj"), inputs: width, outputs: width)
      let mlp = weights.scope("mlp")
      let inner = try mlp.shape("c_fc.bias", rank: 1)[0]
      expansion = try LinearWeights(mlp.scope("c_fc"), inputs: width, outputs: inner)
      contraction = try LinearWeights(mlp.scope("c_proj"), inputs: inner, outputs: width)
    }

    func callAsFunction(_ x: Tensor, causal: Bool) -> Tensor {
      let qkv = inProjection(firstNorm(x))  // [batch, tokens, 3 * width]
      let attended = attention(
        qkv, heads: heads, groups: AttentionGroup.sequences(batch: x.shape[0], length: x.shape[1]),
        causal: causal)
      return update(x, attended)
    }

    /// The same for the rows `first` alone, one of each sequence.
    func firstTokens(_ x: Tensor, _ first: [Int]) -> Tensor {
      let (tokens, width) = (x.shape[1], x.shape[2])
      let attended = attention(
        inProjection(firstNorm(x)), heads: heads,
        groups: first.map {
          AttentionGroup(
            queries: Rows(start: $0, count: 1), keys: [Rows(start: $0, count: tokens)])
        })
      let rows = [first.count * tokens, width]
      return update(
        gatherRows(x.reshaped(rows), first), gatherRows(attended.reshaped(rows), first))
    }

    /// Both residual updates behind the attention.
    private func update(_ x: Tensor, _ attended: Tensor) -> Tensor {
      let x = outProjection(attended, addedTo: x)
      return contraction(expansion(secondNorm(x), activation: .quickGELU), addedTo: x)
    }
  }
}
