import MMAudioKernels

/// adaLN and a convolution to latent channels: the flow.
struct FinalBlock: Sendable {
  private let modulation: LinearWeights
  private let convolution: ConvolutionWeights

  /// Binds `adaLN_modulation.1` and `conv`.
  init(_ weights: WeightScope, hidden: Int, latent: Int) throws(WeightError) {
    modulation = try LinearWeights(
      weights.scope("adaLN_modulation").scope("1"), inputs: hidden, outputs: 2 * hidden)
    convolution = try ConvolutionWeights(
      weights.scope("conv"), inputs: hidden, outputs: latent, bias: true)
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, hidden]`
  ///   - condition: SiLU of the global condition
  /// - Returns: `[batch, tokens, latent channels]`
  func callAsFunction(_ x: Tensor, condition: ConditionTable) -> Tensor {
    let modulation = ConditionTable(
      rows: self.modulation(condition.rows), rowOfToken: condition.rowOfToken)
    return convolution1d(modulatedNorm(x, modulation, shift: 0, scale: 1), convolution)
  }
}
