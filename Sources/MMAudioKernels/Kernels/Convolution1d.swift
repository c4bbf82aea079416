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
  convolve(x, [weights], activation, residual)
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
  return convolve(x.reshaped(rows), [weights], activation, residual)
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
  return convolve(x, [gate, value], .silu, nil)
}

/// Doubles, quadruples, … the length: a transposed convolution prepared by
/// `ConvolutionWeights(transposed:bias:)`.
///
/// - Parameters:
///   - x: `[1, time, inputs]`
///   - weights: a prepared kernel
///   - stride: steps of output for one of input
/// - Returns: `[1, stride * time, outputs]`
public func transposedConvolution1d(
  _ x: Tensor, _ weights: ConvolutionWeights, stride: Int
) -> Tensor {
  precondition(x.shape[0] == 1, "transposed convolution: batch of \(x.shape[0])")
  let channels = weights.outputs / stride
  let padded = convolution1d(x, weights)  // [1, time + 1, stride * outputs]
  let steps = padded.reshaped([(x.shape[1] + 1) * stride, channels])
  let first = stride / 2
  return steps[first..<first + x.shape[1] * stride]
    .reshaped([1, x.shape[1] * stride, channels])
}

/// `activation(conv(x) + bias)`, times a second convolution of the same input if there is one.
///
/// Long inputs are cut into chunks that one thread transforms, multiplies and transforms back while
/// they are in its cache. Short ones are transformed once by all threads, which then share the
/// columns, so that each weight is read by one thread only.
///
/// - Parameters:
///   - x: `[batch, time, inputs]`
///   - weights: one or two kernels of equal shape
///   - activation: of the first
///   - residual: added last
/// - Returns: `[batch, time + growth, outputs]`
private func convolve(
  _ x: Tensor, _ weights: [ConvolutionWeights], _ activation: Activation, _ residual: Tensor?
) -> Tensor {
  let first = weights[0]
  precondition(
    x.shape.last == first.inputs, "convolution: \(x.shape) for \(first.inputs) channels")
  let tiling = ConvolutionTiling(batch: x.shape[0], time: x.shape[1], first)
  let shape = [x.shape[0], tiling.length, first.outputs]
  precondition(
    residual.map { $0.count == shape.reduce(1, *) && activation == .identity } ?? true,
    "convolution: residual")
  let chunks = tiling.chunks
  let parts = chunks >= 2 * threadCount ? 1 : min(threadCount, tiling.blocks)
  defer { for kernel in weights { kernel.panels.afterUse?() } }
  return Tensor(shape) { out in
    withTask(x, out, weights, activation, residual, tiling) { task in
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
  _ x: Tensor, _ out: UnsafeMutablePointer<Float>, _ weights: [ConvolutionWeights],
  _ activation: Activation, _ residual: Tensor?, _ tiling: ConvolutionTiling,
  _ body: (ConvolutionTask) -> Void
) {
  let first = weights[0]
  let nothing = Tensor([0], [])
  first.filter.inputTransform.withValues { inputTransform in
    first.filter.outputTransform.withValues { outputTransform in
      (first.bias ?? nothing).withValues { bias in
        (residual ?? nothing).withValues { residualValues in
          x.withValues { x in
            body(
              ConvolutionTask(
                tiling: tiling, filter: first.filter, kernels: weights.map(\.panels),
                inputTransform: inputTransform, outputTransform: outputTransform,
                bias: first.bias == nil ? nil : bias, activation: activation,
                residual: residual == nil ? nil : residualValues, x: x, out: out))
          }
        }
      }
    }
  }
}
