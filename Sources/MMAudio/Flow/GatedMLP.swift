import MMAudioKernels

/// `w2(silu(w1 x) · w3 x)`, Python `MLP` and `ConvMLP`.
///
/// The three are linear layers or convolutions over time. The inner width is 2/3 of the nominal
/// 4 × hidden, rounded up to a multiple of 256.
struct GatedMLP: Sendable {
  private let gate: ConvolutionWeights
  private let value: ConvolutionWeights
  private let output: ConvolutionWeights

  /// Binds `w1`, `w2` and `w3`; the inner width is read off `w1`.
  init(_ weights: WeightScope, hidden: Int) throws(WeightError) {
    let shape = try weights.shape("w1.weight")
    let inner = shape.first ?? 0
    // Both see the same tokens.
    _ = try weights.kernel("w3.weight", shape)
    gate = try ConvolutionWeights(
      weights.scope("w1"), inputs: hidden, outputs: inner, bias: false)
    value = try ConvolutionWeights(
      weights.scope("w3"), inputs: hidden, outputs: inner, bias: false)
    output = try ConvolutionWeights(
      weights.scope("w2"), inputs: inner, outputs: hidden, bias: false)
  }

  /// x and the result are `[batch, tokens, hidden]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    convolution1d(gatedConvolution1d(x, gate: gate, value: value), output)
  }
}
