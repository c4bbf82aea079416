/// `activation(conv(x) + bias) [+ residual]`, stride 1, zeros beyond the ends.
///
/// - Parameters:
///   - x: `[batch, time, inputs]`
///   - weights: kernel, bias and dilation
///   - activation: applied to product and bias
///   - residual: added to the result, of its shape; only with the identity activation
/// - Returns: `[batch, time, outputs]`
public func convolution1d(
  _ x: Tensor, _ weights: ConvolutionWeights, activation: Activation = .identity,
  addedTo residual: Tensor? = nil
) -> Tensor {
  convolve(Signal(x), [weights], activation, residual)
}

/// `activation(x Wᵀ + b) [+ residual]`, PyTorch's `nn.Linear`.
///
/// - Parameters:
///   - x: `[…, inputs]`
///   - weights: a kernel of one tap
///   - activation: applied to product and bias
///   - residual: added to the result, of its shape; only with the identity activation
/// - Returns: `[…, outputs]`
public func linear(
  _ x: Tensor, _ weights: ConvolutionWeights, activation: Activation = .identity,
  addedTo residual: Tensor? = nil
) -> Tensor {
  let outer = Array(x.shape.dropLast())
  let rows = [1, outer.reduce(1, *), weights.inputs]
  return convolve(Signal(x.reshaped(rows)), [weights], activation, residual)
    .reshaped(outer + [weights.outputs])
}

/// `silu(conv(x, gate)) · conv(x, value)`: the inner half of a gated MLP or convolution MLP.
///
/// - Parameters:
///   - x: `[batch, time, inputs]`
///   - gate: Python `w1`
///   - value: Python `w3`, same shape as `gate`
/// - Returns: `[batch, time, outputs]`
public func gatedConvolution1d(
  _ x: Tensor, gate: ConvolutionWeights, value: ConvolutionWeights
) -> Tensor {
  precondition(
    gate.inputs == value.inputs && gate.outputs == value.outputs && gate.groups == value.groups,
    "gated convolution: \(gate.inputs) → \(gate.outputs) beside \(value.inputs) → \(value.outputs)")
  return convolve(Signal(x), [gate, value], .silu, nil)
}

/// Some steps of `conv(x) + bias [+ residual]`, for a signal that comes in pieces.
///
/// - Parameters:
///   - x: `[time, inputs]`
///   - history: steps in front of `x`, `[earlier, inputs]`; beyond both there are zeros
///   - weights: kernel, bias and dilation
///   - steps: which steps of output, counted from the first of `history`
///   - residual: added to the result, of its shape
/// - Returns: `[steps, outputs]`
func convolution1d(
  _ x: Tensor, after history: Tensor, _ weights: ConvolutionWeights, steps: Range<Int>,
  addedTo residual: Tensor? = nil
) -> Tensor {
  let signal = Signal(history: history, x: x.reshaped([1] + x.shape))
  return convolve(signal, [weights], .identity, residual, steps: steps)
    .reshaped([steps.count, weights.outputs])
}

/// The input of a convolution: `x`, `[batch, time, inputs]`, behind `history`, `[earlier, inputs]`,
/// which only a batch of one may have.
private struct Signal {
  let history: Tensor
  let x: Tensor

  init(_ x: Tensor) { self.init(history: Tensor([0, x.shape[2]], []), x: x) }

  init(history: Tensor, x: Tensor) {
    precondition(
      history.count == 0 || x.shape[0] == 1 && history.shape[1] == x.shape[2],
      "convolution: \(x.shape) after \(history.shape)")
    self.history = history
    self.x = x
  }

  var time: Int { history.shape[0] + x.shape[1] }
}

/// `activation(conv(x) + bias)`, times a second convolution of the same input if there is one.
///
/// Long inputs are cut into chunks that one thread transforms, multiplies and transforms back while
/// they are in its cache. Short ones are transformed once by all threads, which then share the
/// columns, so that each weight is read by one thread only.
///
/// - Parameters:
///   - signal: the input
///   - weights: one or two kernels of equal shape
///   - activation: of the first
///   - residual: added last
///   - steps: which steps of output; nil for all
/// - Returns: `[batch, steps, outputs]`
private func convolve(
  _ signal: Signal, _ weights: [ConvolutionWeights], _ activation: Activation, _ residual: Tensor?,
  steps: Range<Int>? = nil
) -> Tensor {
  let first = weights[0]
  precondition(
    signal.x.shape.last == first.inputs,
    "convolution: \(signal.x.shape) for \(first.inputs) channels")
  let tiling = ConvolutionTiling(
    batch: signal.x.shape[0], time: signal.time, first,
    steps: steps ?? 0..<signal.time + first.growth)
  let shape = [signal.x.shape[0], tiling.length, first.outputs]
  precondition(
    residual.map { $0.count == shape.reduce(1, *) && activation == .identity } ?? true,
    "convolution: residual")
  let chunks = tiling.chunks
  // Columns are not shared where they are too few to keep all threads busy.
  let sharesColumns = chunks < 2 * threadCount && tiling.blocks >= min(chunks, threadCount)
  let parts = sharesColumns ? min(threadCount, tiling.blocks) : 1
  defer { for kernel in weights { kernel.panels.afterUse?() } }
  return Tensor(shape) { out in
    withTask(signal, out, weights, activation, residual, tiling) { task in
      guard parts > 1 else {
        parallelFor(chunks) { chunk in
          let rows = tiling.rows(ofChunk: chunk)
          task.withTransformed(rows, tasks: 1) {
            task.multiply($0, rows, blocks: 0..<tiling.blocks)
          }
        }
        return
      }
      for chunk in 0..<chunks {
        let rows = tiling.rows(ofChunk: chunk)
        task.withTransformed(rows, tasks: threadCount) { transformed in
          parallelFor(parts) { part in
            task.multiply(
              transformed, rows, blocks: share(part, of: parts, total: tiling.blocks))
          }
        }
      }
    }
  }
}

/// Opens all memory that a convolution reads, once for all its rows.
private func withTask(
  _ signal: Signal, _ out: UnsafeMutablePointer<Float>, _ weights: [ConvolutionWeights],
  _ activation: Activation, _ residual: Tensor?, _ tiling: ConvolutionTiling,
  _ body: (ConvolutionTask) -> Void
) {
  let first = weights[0]
  let nothing = Tensor([0], [])
  first.filter.inputTransform.withValues { inputTransform in
    first.filter.outputTransform.withValues { outputTransform in
      (first.bias ?? nothing).withValues { bias in
        (residual ?? nothing).withValues { residualValues in
          signal.history.withValues { history in
            signal.x.withValues { x in
              body(
                ConvolutionTask(
                  tiling: tiling, filter: first.filter, kernels: weights.map(\.panels),
                  inputTransform: inputTransform, outputTransform: outputTransform,
                  bias: first.bias == nil ? nil : bias, activation: activation,
                  residual: residual == nil ? nil : residualValues, history: history,
                  historySteps: signal.history.shape[0], x: x, out: out))
            }
          }
        }
      }
    }
  }
}
