/// A convolution over a signal that comes in pieces: the same as over all of it at once, to the bit where
/// the products are this package's own.
///
/// Each call gives the steps of output that its piece completes. A copy goes on from where the original
/// is; one that no piece has gone through begins a signal.
public struct StreamedConvolution: Sendable {
  private let weights: ConvolutionWeights
  private var window: StreamWindow

  /// The beginning of a signal; zeros are in front of it and behind its end.
  public init(_ weights: ConvolutionWeights) {
    self.weights = weights
    let reach = weights.dilation * (weights.panels.taps - 1)
    window = StreamWindow(
      channels: weights.inputs, before: weights.padding, after: reach - weights.padding,
      together: weights.dilation * weights.filter.outputs, growth: weights.growth)
  }

  /// Steps of a piece that layers of so many channels take fastest.
  ///
  /// For each thread half a megabyte, of which a handful stays in its cache, while waking it takes little
  /// of its time; but with wide layers as many as weights are transformed for at a time.
  public static func pieceSteps(channels: Int) -> Int {
    threadCount * max(131_072 / max(1, channels), 1008)
  }

  /// Convolves the next piece.
  ///
  /// - Parameters:
  ///   - piece: `[steps, inputs]`
  ///   - isLast: whether the signal ends with it
  /// - Returns: `[completed steps, outputs]`
  public mutating func callAsFunction(_ piece: Tensor, isLast: Bool) -> Tensor {
    run(piece, isLast: isLast) { _ in nil }
  }

  /// Convolves the next piece and adds what a delay line holds to every step of output.
  ///
  /// - Parameters:
  ///   - piece: `[steps, inputs]`
  ///   - isLast: whether the signal ends with it
  ///   - residual: of `outputs` channels; it must hold as many steps as the piece completes
  /// - Returns: `[completed steps, outputs]`
  public mutating func callAsFunction(
    _ piece: Tensor, isLast: Bool, addedTo residual: inout DelayLine
  ) -> Tensor {
    run(piece, isLast: isLast) { residual.take($0) }
  }

  private mutating func run(
    _ piece: Tensor, isLast: Bool, residual: (Int) -> Tensor?
  ) -> Tensor {
    let steps = window.steps(completedBy: piece, isLast: isLast)
    defer { window.move(past: piece, steps) }
    return convolution1d(
      piece, after: window.history, weights, steps: steps, addedTo: residual(steps.count))
  }
}

/// A transposed convolution over a signal that comes in pieces; see `StreamedConvolution`.
public struct StreamedTransposedConvolution: Sendable {
  private let stride: Int
  private var convolution: StreamedConvolution
  private var isFirst = true

  /// The beginning of a signal.
  ///
  /// - Parameters:
  ///   - weights: a kernel prepared by `ConvolutionWeights(transposed:bias:)`
  ///   - stride: steps of output for one of input
  public init(_ weights: ConvolutionWeights, stride: Int) {
    precondition(
      stride > 0 && weights.outputs.isMultiple(of: stride),
      "transposed convolution: \(weights.outputs) channels for a stride of \(stride)")
    self.stride = stride
    convolution = StreamedConvolution(weights)
  }

  /// Lengthens the next piece.
  ///
  /// - Parameters:
  ///   - piece: `[steps, inputs]`
  ///   - isLast: whether the signal ends with it
  /// - Returns: `[completed steps, outputs]`, `stride` times the input's in all
  public mutating func callAsFunction(_ piece: Tensor, isLast: Bool) -> Tensor {
    let together = convolution(piece, isLast: isLast)  // [time, stride * outputs]
    let (time, channels) = (together.shape[0] * stride, together.shape[1] / stride)
    // The signal's own steps; half a stride at either end is padding.
    let first = isFirst ? min(time, stride / 2) : 0
    let last = isLast ? time - (stride - stride / 2) : time
    isFirst = isFirst && time == 0
    return together.reshaped([time, channels])[first..<last]
  }
}
