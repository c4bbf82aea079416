/// A stride-1 convolution over time, or a linear layer, which is one of a single tap.
///
/// Filters of 3 taps run as F(4, 3), longer ones in groups of four taps as F(4, 4), narrow ones as the
/// plain sum: there transforms cost more than products.
public struct ConvolutionWeights: Sendable {
  let filter: MinimalFilter
  let panels: PanelWeights
  /// `[outputs]`.
  let bias: Tensor?
  let dilation: Int
  /// Zeros in front of the input.
  let padding: Int
  /// Steps that the output is longer than the input.
  let growth: Int
  /// Runs of `filter.taps` taps; each uses the transformed input of one tile later.
  let groups: Int

  var inputs: Int { panels.inputs }
  var outputs: Int { panels.outputs }
  /// Values that a product sums over.
  var inner: Int { groups * inputs }

  /// Channels from which on transforms pay.
  private static let fewestChannels = 16

  /// A convolution with the padding that keeps the length.
  ///
  /// - Parameters:
  ///   - panels: the kernel
  ///   - bias: `[outputs]`
  ///   - dilation: distance between taps in time steps
  public init(_ panels: PanelWeights, bias: Tensor? = nil, dilation: Int = 1) {
    let isNarrow = min(panels.inputs, panels.outputs) < Self.fewestChannels
    let taps = panels.taps
    self.init(
      filter: taps < 3 || isNarrow ? .direct : taps == 3 ? .fourByThree : .fourByFour, panels,
      bias: bias, dilation: dilation)
  }

  /// The same with a filter of the caller's choice.
  init(filter: MinimalFilter, _ panels: PanelWeights, bias: Tensor?, dilation: Int) {
    self.init(
      filter: filter, panels, bias: bias, dilation: panels.taps == 1 ? 1 : dilation,
      padding: dilation * (panels.taps - 1) / 2, growth: 0)
  }

  /// A transposed convolution with stride `taps / 2` and padding `taps / 4`.
  ///
  /// Output step `q · stride + r - padding` is `W[:, :, r]ᵀ x[q] + W[:, :, r + stride]ᵀ x[q - 1]`:
  /// all steps of one q together are a two-tap convolution with `stride * outputs` channels, so no
  /// zeros are inserted.
  ///
  /// - Parameters:
  ///   - panels: two taps of `stride * outputs` channels, as `transposedKernel` brings them about
  ///   - bias: `[outputs]`
  public init(transposed panels: PanelWeights, bias: Tensor) {
    precondition(panels.taps == 2, "transposed convolution: \(panels.taps) taps in panels")
    let stride = panels.outputs / bias.count
    self.init(
      filter: .direct, panels,
      bias: Tensor([stride * bias.count], (0..<stride).flatMap { _ in bias.values }), dilation: 1,
      padding: 1, growth: 1)
  }

  private init(
    filter: MinimalFilter, _ panels: PanelWeights, bias: Tensor?, dilation: Int, padding: Int,
    growth: Int
  ) {
    groups = (panels.taps + filter.taps - 1) / filter.taps
    precondition(groups == 1 || filter.taps == filter.outputs, "convolution: groups overlap tiles")
    self.filter = filter
    self.panels = panels
    self.bias = bias
    self.dilation = dilation
    self.padding = padding
    self.growth = growth
  }
}

/// The two-tap kernel of a transposed convolution: `[stride * outputs, inputs, 2]` from PyTorch's
/// `[inputs, outputs, 2 * stride]`.
public func transposedKernel(_ weight: Tensor) -> Tensor {
  let (inputs, outputs, stride) = (weight.shape[0], weight.shape[1], weight.shape[2] / 2)
  return Tensor([stride * outputs, inputs, 2]) { kernel in
    weight.withValues { weight in
      parallelFor(stride * outputs) { column in
        let (phase, output) = (column / outputs, column % outputs)
        for input in 0..<inputs {
          let source = weight + (input * outputs + output) * 2 * stride
          kernel[(column * inputs + input) * 2] = source[phase + stride]
          kernel[(column * inputs + input) * 2 + 1] = source[phase]
        }
      }
    }
  }
}
