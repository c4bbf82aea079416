import MMAudioKernels

/// Encoder features of one item, before the flow network has seen them.
public struct Features: Sendable {
  /// `[clip tokens, clip channels]`.
  public let clip: Tensor
  /// `[sync tokens, sync channels]`.
  public let sync: Tensor
  /// `[77, text channels]`.
  public let text: Tensor
}

/// What the flow network makes of the features before the first step; independent of time, Python
/// `PreprocessedConditions`.
struct Conditions: Sendable {
  /// `[batch, clip tokens, hidden]`.
  let clip: Tensor
  /// For each item `[sync tokens, hidden]`, not yet upsampled.
  let sync: [DistinctRows]
  /// `[batch, 77, hidden]`.
  let text: Tensor
  /// `[batch, hidden]`, Python `clip_f_c`.
  let clipMean: Tensor
  /// `[batch, hidden]`, Python `text_f_c`.
  let textMean: Tensor
  /// `[batch, hidden]`: what time is added to, to give Python's `global_c`.
  let global: Tensor

  /// Several items as one batch, so that they share every matrix product.
  static func batch(_ items: [Conditions]) -> Conditions {
    Conditions(
      clip: concatenated(items.map(\.clip)), sync: items.flatMap(\.sync),
      text: concatenated(items.map(\.text)), clipMean: concatenated(items.map(\.clipMean)),
      textMean: concatenated(items.map(\.textMean)), global: concatenated(items.map(\.global)))
  }
}

/// The input projections of clip, sync and text features.
///
/// The first version has no activation behind the linear layers of clip and text and SELU behind the
/// sync convolution; the second has SiLU everywhere.
struct ConditionProjections: Sendable {
  private let clipInput: InputProjection
  private let syncInput: InputProjection
  private let textInput: InputProjection
  private let clipCondition: LinearWeights
  private let textCondition: LinearWeights
  private let globalCondition: GatedMLP
  private let syncPositions: Tensor
  private let emptyClip: Tensor
  private let emptySync: Tensor
  private let emptyText: Tensor

  init(_ weights: WeightScope, hidden: Int, version: FlowVersion) throws(WeightError) {
    clipInput = try InputProjection(
      weights.scope("clip_input_proj"), hidden: hidden, activation: version.linearActivation)
    syncInput = try InputProjection(
      weights.scope("sync_input_proj"), hidden: hidden, activation: version.convolutionActivation)
    textInput = try InputProjection(
      weights.scope("text_input_proj"), hidden: hidden, activation: version.linearActivation)
    clipCondition = try LinearWeights(
      weights.scope("clip_cond_proj"), inputs: hidden, outputs: hidden)
    textCondition = try LinearWeights(
      weights.scope("text_cond_proj"), inputs: hidden, outputs: hidden)
    globalCondition = try GatedMLP(weights.scope("global_cond_mlp"), hidden: hidden)
    let segment = SequenceLengths.syncTokensPerSegment
    syncPositions = try weights.tensor("sync_pos_emb", [1, 1, segment, syncInput.inputs])
      .reshaped([segment, syncInput.inputs])
    emptyClip = try weights.tensor("empty_clip_feat", [1, clipInput.inputs])
    emptySync = try weights.tensor("empty_sync_feat", [1, syncInput.inputs])
    emptyText = try weights.tensor(
      "empty_string_feat", [CLIPTokenizer.contextLength, textInput.inputs])
  }

  /// Channels of the clip, sync and text features that fit.
  var featureWidths: (clip: Int, sync: Int, text: Int) {
    (clipInput.inputs, syncInput.inputs, textInput.inputs)
  }

  /// Learned features that stand for "no video"; Python `get_empty_clip_sequence` and so on.
  ///
  /// - Parameters:
  ///   - lengths: how many tokens of each kind
  ///   - text: text features to use instead of the learned empty string
  /// - Returns: features of the right shapes
  func emptyFeatures(_ lengths: SequenceLengths, text: Tensor? = nil) -> Features {
    Features(
      clip: gatherRows(emptyClip, Array(repeating: 0, count: lengths.clip)),
      sync: gatherRows(emptySync, Array(repeating: 0, count: lengths.sync)),
      text: text ?? emptyText)
  }

  func callAsFunction(_ features: Features) -> Conditions {
    let clip = clipInput(features.clip)  // [1, clip tokens, hidden]
    // Each token has a learned position within its segment of eight.
    let sync = syncInput(addingRepeated(features.sync, syncPositions))
    let text = textInput(features.text)
    let clipMean = clipCondition(meanOverTokens(clip))  // [1, hidden]
    let textMean = textCondition(meanOverTokens(text))
    let sum = weightedSum(1, clipMean, 1, textMean)
    let global = globalCondition(sum.reshaped([1, 1, sum.count])).reshaped(sum.shape)
    return Conditions(
      clip: clip, sync: [DistinctRows(sync.reshaped(Array(sync.shape.dropFirst())))], text: text,
      clipMean: clipMean, textMean: textMean, global: global)
  }
}

/// A linear layer or convolution, perhaps an activation, then a gated MLP.
struct InputProjection: Sendable {
  let inputs: Int
  private let first: ConvolutionWeights
  private let activation: Activation
  private let mlp: GatedMLP

  /// Binds `0` and the MLP behind it: `1` where there is no activation between them, else `2`.
  init(_ weights: WeightScope, hidden: Int, activation: Activation) throws(WeightError) {
    let shape = try weights.shape("0.weight")
    inputs = shape.count > 1 ? shape[1] : 0
    first = try ConvolutionWeights(
      weights.scope("0"), inputs: inputs, outputs: hidden, bias: true)
    self.activation = activation
    mlp = try GatedMLP(weights.scope(activation == .identity ? "1" : "2"), hidden: hidden)
  }

  /// - Parameter x: `[tokens, inputs]`
  /// - Returns: `[1, tokens, hidden]`
  func callAsFunction(_ x: Tensor) -> Tensor {
    mlp(convolution1d(x.reshaped([1, x.shape[0], inputs]), first, activation: activation))
  }
}
