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
        weight: try attention.tensor("in_proj_weight", [3 * width, width]),
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
      let x = outProjection(attended, addedTo: x)
      return contraction(expansion(secondNorm(x), activation: .quickGELU), addedTo: x)
    }
  }
}
