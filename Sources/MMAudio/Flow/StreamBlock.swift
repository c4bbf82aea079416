import MMAudioKernels

/// One stream's half of a transformer block: adaLN, attention projections and gated MLP, Python
/// `MMDitSingleBlock`.
///
/// The condition gives shift, scale and gate for the attention and for the MLP. A stream whose output
/// nobody uses (clip and text in the last joint block) has shift and scale only.
struct StreamBlock: Sendable {
  private let modulation: LinearWeights
  private let qkv: LinearWeights
  private let queryNorm: Tensor
  private let keyNorm: Tensor
  private let update: Update?

  /// What happens behind the attention.
  private struct Update: Sendable {
    let attentionOutput: ConvolutionWeights
    let mlp: GatedMLP
  }

  /// A stream between its two halves of the block.
  struct Prepared {
    let attention: AttentionStream
    fileprivate let modulation: ConditionTable
  }

  /// Binds a block; whether it updates its stream shows in its `adaLN_modulation`.
  init(_ weights: WeightScope, hidden: Int) throws(WeightError) {
    let head = try weights.shape("attn.q_norm.weight", rank: 1)[0]
    let vectors = weights.contains("linear1.weight") ? 6 : 2
    modulation = try LinearWeights(
      weights.scope("adaLN_modulation").scope("1"), inputs: hidden, outputs: vectors * hidden)
    let attention = weights.scope("attn")
    qkv = try LinearWeights(attention.scope("qkv"), inputs: hidden, outputs: 3 * hidden)
    queryNorm = try attention.tensor("q_norm.weight", [head])
    keyNorm = try attention.tensor("k_norm.weight", [head])
    update =
      vectors == 6
      ? Update(
        attentionOutput: try ConvolutionWeights(
          weights.scope("linear1"), inputs: hidden, outputs: hidden, bias: true),
        mlp: try GatedMLP(weights.scope("ffn"), hidden: hidden)) : nil
  }

  /// Channels of one attention head.
  var headSize: Int { queryNorm.count }

  /// The first half: modulated norm and queries, keys and values.
  ///
  /// - Parameters:
  ///   - x: `[batch, tokens, hidden]`
  ///   - condition: SiLU of the condition
  ///   - rotary: positions, nil for text
  /// - Returns: what attention needs, and the modulation for `finish`
  func prepare(_ x: Tensor, condition: ConditionTable, rotary: RotaryEmbedding?) -> Prepared {
    let modulation = ConditionTable(
      rows: self.modulation(condition.rows), rowOfToken: condition.rowOfToken)
    let normalized = modulatedNorm(x, modulation, shift: 0, scale: 1)
    return Prepared(
      attention: AttentionStream(
        qkv: qkv(normalized), queryNorm: queryNorm, keyNorm: keyNorm, rotary: rotary),
      modulation: modulation)
  }

  /// The second half: gated attention output and gated MLP.
  ///
  /// - Parameters:
  ///   - x: `[batch, tokens, hidden]`, as given to `prepare`
  ///   - attended: same shape
  ///   - prepared: what `prepare` returned
  /// - Returns: the new stream, or `x` itself if this block does not update it
  func finish(_ x: Tensor, attended: Tensor, _ prepared: Prepared) -> Tensor {
    guard let update else { return x }
    let modulation = prepared.modulation
    let x = gatedSum(x, convolution1d(attended, update.attentionOutput), modulation, gate: 2)
    let normalized = modulatedNorm(x, modulation, shift: 3, scale: 4)
    return gatedSum(x, update.mlp(normalized), modulation, gate: 5)
  }
}
