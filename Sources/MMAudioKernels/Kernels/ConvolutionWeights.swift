/// Weights of a stride-1 convolution, transformed and laid out for its matrix products.
///
/// Filters of 3 taps run as F(4, 3), longer ones in groups of four taps as F(4, 4), narrow ones as the
/// plain sum: there transforms cost more than products. With `MinimalFilter`'s G, matrix i has in row
/// `output`, at `group · inputs + input`, the value `Σ G[i, q] w[output, input, group · r + q]`.
public struct ConvolutionWeights: Sendable {
  let filter: MinimalFilter
  let matrices: PackedMatrices
  /// `[outputs]`.
  let bias: Tensor?
  let inputs: Int
  let outputs: Int
  let dilation: Int
  /// Zeros in front of the input.
  let padding: Int
  /// Steps that the output is longer than the input.
  let growth: Int
  /// Runs of `filter.taps` taps; each uses the transformed input of one tile later.
  let groups: Int

  /// Channels from which on transforms pay.
  private static let fewestChannels = 16

  /// Takes weights in PyTorch's order, with the padding that keeps the length.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, inputs, taps]`, or `[outputs, inputs]` for one tap
  ///   - bias: `[outputs]`
  ///   - dilation: distance between taps in time steps
  public init(_ weight: Tensor, bias: Tensor? = nil, dilation: Int = 1) {
    let taps = weight.shape.count > 2 ? weight.shape[2] : 1
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let isNarrow = min(inputs, outputs) < Self.fewestChannels
    self.init(
      filter: taps < 3 || isNarrow ? .direct : taps == 3 ? .fourByThree : .fourByFour, weight,
      bias: bias, dilation: dilation)
  }

  /// The same with a filter of the caller's choice.
  init(filter: MinimalFilter, _ weight: Tensor, bias: Tensor?, dilation: Int) {
    let taps = weight.shape.count > 2 ? weight.shape[2] : 1
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    self.init(
      filter: filter, bias: bias, inputs: inputs, outputs: outputs, taps: taps, dilation: dilation,
      padding: dilation * (taps - 1) / 2, growth: 0
    ) { output, values in
      weight.withValues { weight in
        values.update(from: weight + output * inputs * taps, count: inputs * taps)
      }
    }
  }

  /// Takes weights of a transposed convolution with stride `taps / 2` and padding `taps / 4`.
  ///
  /// Output step `q · stride + r - padding` is `W[:, :, r]ᵀ x[q] + W[:, :, r + stride]ᵀ x[q - 1]`:
  /// all steps of one q together are a two-tap convolution with `stride * outputs` channels, so no
  /// zeros are inserted.
  ///
  /// - Parameters:
  ///   - weight: `[inputs, outputs, taps]`
  ///   - bias: `[outputs]`
  public init(transposed weight: Tensor, bias: Tensor) {
    let (inputs, outputs, kernel) = (weight.shape[0], weight.shape[1], weight.shape[2])
    precondition(kernel % 4 == 0, "transposed convolution: \(kernel) taps, not a multiple of 4")
    let stride = kernel / 2
    let repeatedBias = Array(repeating: bias.values, count: stride).flatMap { $0 }
    self.init(
      filter: .direct, bias: Tensor([stride * outputs], repeatedBias), inputs: inputs,
      outputs: stride * outputs, taps: 2, dilation: 1, padding: 1, growth: 1
    ) { column, values in
      let (phase, output) = (column / outputs, column % outputs)
      weight.withValues { weight in
        for input in 0..<inputs {
          let source = weight + (input * outputs + output) * kernel
          values[2 * input] = source[phase + stride]
          values[2 * input + 1] = source[phase]
        }
      }
    }
  }

  /// Transforms the filters that `read(output, values)` writes, `[inputs, taps]` for each output.
  private init(
    filter: MinimalFilter, bias: Tensor?, inputs: Int, outputs: Int, taps: Int, dilation: Int,
    padding: Int, growth: Int, _ read: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let groups = (taps + filter.taps - 1) / filter.taps
    precondition(groups == 1 || filter.taps == filter.outputs, "convolution: groups overlap tiles")
    self.filter = filter
    self.bias = bias
    self.inputs = inputs
    self.outputs = outputs
    self.dilation = taps == 1 ? 1 : dilation
    self.padding = padding
    self.growth = growth
    self.groups = groups
    let padded = groups * filter.taps
    matrices = PackedMatrices(
      count: filter.products, columns: outputs, inner: groups * inputs
    ) { output, rows in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: inputs * (taps + padded)) { buffer in
        guard let values = buffer.baseAddress else { return }
        read(output, values)
        // Tap by tap, with zeros behind the last, so that inputs are neighbours.
        let byTap = values + inputs * taps
        byTap.update(repeating: 0, count: inputs * padded)
        for tap in 0..<taps {
          for input in 0..<inputs { byTap[tap * inputs + input] = values[input * taps + tap] }
        }
        for product in 0..<filter.products {
          for group in 0..<groups {
            transform(
              byTap + group * filter.taps * inputs, filter, product,
              rows + (product * groups + group) * inputs, count: inputs)
          }
        }
      }
    }
  }
}

/// `Σ G[product, q] taps[q]` for every input channel, in double precision.
private func transform(
  _ taps: UnsafePointer<Float>, _ filter: MinimalFilter, _ product: Int,
  _ out: UnsafeMutablePointer<Float>, count: Int
) {
  let row = filter.filterTransform[product * filter.taps..<(product + 1) * filter.taps]
  guard filter.taps > 1 else { return out.update(from: taps, count: count) }
  let g = Array(row) + [0]  // three taps take a fourth of no weight
  let (g0, g1, g2, g3) = (g[0], g[1], g[2], g[3])
  let fourth = filter.taps > 3 ? taps + 3 * count : taps
  for i in 0..<count {
    let sum =
      g0 * Double(taps[i]) + g1 * Double(taps[count + i]) + g2 * Double(taps[2 * count + i])
      + g3 * Double(fourth[i])
    out[i] = Float(sum)
  }
}
