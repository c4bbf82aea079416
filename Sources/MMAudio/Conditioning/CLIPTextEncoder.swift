import MMAudioKernels

/// CLIP's text tower: token ids → the last hidden states, each scaled to a unit vector.
///
/// MMAudio patches open_clip's `encode_text` to return what the projection would start from.
struct CLIPTextEncoder: Sendable {
  private static let headSize = 64

  private let tokenEmbedding: Tensor
  private let positions: Tensor
  private let transformer: CLIPTransformer
  private let finalNorm: LayerNormWeights

  /// Binds `token_embedding`, `positional_embedding`, `transformer` and `ln_final`.
  init(_ weights: WeightScope) throws(WeightError) {
    let width = try weights.shape("token_embedding.weight", rank: 2)[1]
    let vocabulary = Int(CLIPTokenizer.endToken) + 1
    tokenEmbedding = try weights.tensor("token_embedding.weight", [vocabulary, width])
    positions = try weights.tensor(
      "positional_embedding", [CLIPTokenizer.contextLength, width])
    transformer = try CLIPTransformer(
      weights.scope("transformer"), width: width, headSize: Self.headSize)
    finalNorm = try LayerNormWeights(weights.scope("ln_final"), width: width, epsilon: 1e-5)
  }

  /// All prompts in one batch.
  ///
  /// - Parameter tokens: 77 ids a prompt
  /// - Returns: `[prompts, 77, width]`
  func callAsFunction(_ tokens: [[Int32]]) -> Tensor {
    let rows = gatherRows(tokenEmbedding, tokens.joined().map(Int.init))
    let x = rows.reshaped([tokens.count, CLIPTokenizer.contextLength, rows.shape[1]])
    return unitNorm(finalNorm(transformer(addingRepeated(x, positions), causal: true)))
  }
}
