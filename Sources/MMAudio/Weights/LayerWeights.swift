import MMAudioKernels

/// `weight` and `bias` of PyTorch's `nn.Linear`.
struct LinearWeights: Sendable {
  private let weights: ConvolutionWeights

  init(_ weight: PanelWeights, bias: Tensor?) {
    weights = ConvolutionWeights(weight, bias: bias)
  }

  /// Binds `weight` and `bias` of a layer.
  init(_ weights: WeightScope, inputs: Int, outputs: Int) throws(WeightError) {
    self.init(
      try weights.kernel("weight", [outputs, inputs]),
      bias: try weights.tensor("bias", [outputs]))
  }

  /// `activation(x Wᵀ + b) [+ residual]`, x `[…, inputs]`.
  func callAsFunction(
    _ x: Tensor, activation: Activation = .identity, addedTo residual: Tensor? = nil
  ) -> Tensor {
    linear(x, weights, activation: activation, addedTo: residual)
  }
}

/// `weight` and `bias` of PyTorch's `nn.LayerNorm`.
struct LayerNormWeights: Sendable {
  /// `[width]`.
  let weight: Tensor
  /// `[width]`.
  let bias: Tensor
  /// Added to the variance.
  let epsilon: Float

  /// Binds `weight` and `bias` of a norm.
  init(_ weights: WeightScope, width: Int, epsilon: Float) throws(WeightError) {
    weight = try weights.tensor("weight", [width])
    bias = try weights.tensor("bias", [width])
    self.epsilon = epsilon
  }

  /// The normalised `x`, `[…, width]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    layerNorm(x, weight: weight, bias: bias, epsilon: epsilon)
  }
}

extension ConvolutionWeights {
  /// Binds `weight` and, where there is one, `bias` of PyTorch's `nn.Conv1d` or `nn.Linear`.
  ///
  /// The number of taps is read off the tensor; `[outputs, inputs]` is one tap.
  init(
    _ weights: WeightScope, inputs: Int, outputs: Int, bias: Bool, dilation: Int = 1
  ) throws(WeightError) {
    let found = try weights.shape("weight")
    let taps = found.count == 3 ? [found[2]] : []
    // Only kernels with a middle keep the length.
    guard taps.allSatisfy({ !$0.isMultiple(of: 2) }) else {
      throw weights.malformed("weight", "has shape \(found), expected an odd number of taps")
    }
    self.init(
      try weights.kernel("weight", [outputs, inputs] + taps),
      bias: bias ? try weights.tensor("bias", [outputs]) : nil, dilation: dilation)
  }
}
