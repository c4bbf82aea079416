import MMAudioKernels

/// The streams that joint blocks transform, each `[batch, tokens, hidden]`.
struct Streams {
  var latent: Tensor
  var clip: Tensor
  var text: Tensor
}

/// What modulates the streams and where their tokens are in time.
struct BlockContext {
  /// SiLU of the global condition, one row an item; clip and text tokens use it.
  let clipCondition: ConditionTable
  let textCondition: ConditionTable
  /// SiLU of global condition + sync features, a row for every distinct latent token.
  let latentCondition: ConditionTable
  /// SiLU of the global condition for latent tokens; the final block uses it.
  let finalCondition: ConditionTable
  let latentRotary: RotaryEmbedding
  let clipRotary: RotaryEmbedding
}

/// Three streams under one attention over [latent, clip, text] (paper section 3.3).
struct JointBlock: Sendable {
  private let latent: StreamBlock
  private let clip: StreamBlock
  private let text: StreamBlock

  /// Binds `latent_block`, `clip_block` and `text_block`.
  init(_ weights: WeightScope, hidden: Int) throws(WeightError) {
    latent = try StreamBlock(weights.scope("latent_block"), hidden: hidden)
    clip = try StreamBlock(weights.scope("clip_block"), hidden: hidden)
    text = try StreamBlock(weights.scope("text_block"), hidden: hidden)
  }

  func callAsFunction(_ streams: Streams, _ context: BlockContext) -> Streams {
    let latentPart = latent.prepare(
      streams.latent, condition: context.latentCondition, rotary: context.latentRotary)
    let clipPart = clip.prepare(
      streams.clip, condition: context.clipCondition, rotary: context.clipRotary)
    let textPart = text.prepare(streams.text, condition: context.textCondition, rotary: nil)

    let attended = selfAttention(
      [latentPart.attention, clipPart.attention, textPart.attention], headSize: latent.headSize)
    return Streams(
      latent: latent.finish(streams.latent, attended: attended[0], latentPart),
      clip: clip.finish(streams.clip, attended: attended[1], clipPart),
      text: text.finish(streams.text, attended: attended[2], textPart))
  }
}

/// The latent stream alone, under attention to itself (paper section 3.3).
struct FusedBlock: Sendable {
  private let latent: StreamBlock

  /// Binds a block without stream prefix.
  init(_ weights: WeightScope, hidden: Int) throws(WeightError) {
    latent = try StreamBlock(weights, hidden: hidden)
  }

  /// x and the result are `[batch, tokens, hidden]`.
  func callAsFunction(_ x: Tensor, _ context: BlockContext) -> Tensor {
    let part = latent.prepare(
      x, condition: context.latentCondition, rotary: context.latentRotary)
    let attended = selfAttention([part.attention], headSize: latent.headSize)
    return latent.finish(x, attended: attended[0], part)
  }
}

/// Attention of all streams' tokens to each other, split up again by stream.
private func selfAttention(_ streams: [AttentionStream], headSize: Int) -> [Tensor] {
  let packed = packedQueriesKeysValues(streams)  // [batch, Σ tokens, 3 * hidden]
  let (batch, tokens, hidden) = (packed.shape[0], packed.shape[1], packed.shape[2] / 3)
  let attended = attention(
    packed, heads: hidden / headSize,
    groups: AttentionGroup.sequences(batch: batch, length: tokens))
  return splitTokens(attended, lengths: streams.map { $0.tokens })
}
