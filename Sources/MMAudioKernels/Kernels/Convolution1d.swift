/// Weights of a stride-1 convolution, ready for the matrix product.
///
/// A row of output is `W · [x[t - p], x[t - p + d], …]`: with the taps laid one after another the
/// convolution is a linear layer on overlapping rows of the channel-last input.
public struct ConvolutionWeights: Sendable {
  /// `[outputs, taps * inputs]`, taps outermost in a row.
  let matrix: Tensor
  /// `[outputs]`.
  let bias: Tensor?
  let inputs: Int
  let outputs: Int
  let taps: Int
  let dilation: Int
  let padding: Int

  /// Takes weights in PyTorch's order, with the padding that keeps the length.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, inputs, taps]`, or `[outputs, inputs]` for one tap
  ///   - bias: `[outputs]`
  ///   - dilation: distance between taps in time steps
  public init(_ weight: Tensor, bias: Tensor? = nil, dilation: Int = 1) {
    outputs = weight.shape[0]
    inputs = weight.shape[1]
    taps = weight.shape.count > 2 ? weight.shape[2] : 1
    self.dilation = dilation
    padding = dilation * (taps - 1) / 2
    self.bias = bias
    let (outputs, inputs, taps) = (outputs, inputs, taps)
    matrix =
      taps == 1
      ? weight.reshaped([outputs, inputs])
      : Tensor([outputs, taps * inputs]) { matrix in
        weight.withValues { weight in
          parallelFor(outputs) { output in
            let source = weight + output * inputs * taps
            let target = matrix + output * inputs * taps
            for tap in 0..<taps {
              for input in 0..<inputs { target[tap * inputs + input] = source[input * taps + tap] }
            }
          }
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
    self.inputs = inputs
    self.outputs = stride * outputs
    taps = 2
    dilation = 1
    padding = 1
    matrix = Tensor([stride * outputs, 2 * inputs]) { matrix in
      weight.withValues { weight in
        for phase in 0..<stride {
          for output in 0..<outputs {
            let row = matrix + (phase * outputs + output) * 2 * inputs
            for input in 0..<inputs {
              let source = weight + (input * outputs + output) * kernel
              row[input] = source[phase + stride]
              row[inputs + input] = source[phase]
            }
          }
        }
      }
    }
    self.bias = Tensor([stride * outputs]) { repeated in
      bias.withValues { bias in
        for phase in 0..<stride {
          (repeated + phase * outputs).update(from: bias, count: outputs)
        }
      }
    }
  }
}

/// `activation(conv(x) + bias)`, stride 1, zeros beyond the ends.
///
/// - Parameters:
///   - x: `[batch, time, inputs]`
///   - weights: kernel, bias and dilation
///   - activation: applied to product and bias
/// - Returns: `[batch, time, outputs]`
public func convolution1d(
  _ x: Tensor, _ weights: ConvolutionWeights, activation: Activation = .identity
) -> Tensor {
  convolutionTiles(x, weights, scratch: 0) { gathered, out, rows, _ in
    apply(weights, gathered, rows, to: out)
    activation.apply(to: out, count: rows * weights.outputs)
  }
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
    gate.matrix.shape == value.matrix.shape && gate.taps == value.taps,
    "gated convolution: \(gate.matrix.shape) beside \(value.matrix.shape)")
  return convolutionTiles(x, gate, scratch: gate.outputs) { gathered, out, rows, scratch in
    apply(gate, gathered, rows, to: out)
    apply(value, gathered, rows, to: scratch)
    for i in 0..<rows * gate.outputs { out[i] *= sigmoid(out[i]) * scratch[i] }
  }
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

/// One tile of a product: `out = bias + gathered · matrixᵀ`.
@inline(__always)
private func apply(
  _ weights: ConvolutionWeights, _ gathered: UnsafePointer<Float>, _ rows: Int,
  to out: UnsafeMutablePointer<Float>
) {
  let (outputs, inner) = (weights.outputs, weights.taps * weights.inputs)
  weights.bias?.withValues { bias in
    for row in 0..<rows { (out + row * outputs).update(from: bias, count: outputs) }
  }
  weights.matrix.withValues { matrix in
    product(
      rows: rows, columns: outputs, inner: inner, MatrixView(start: gathered, stride: inner),
      MatrixView(start: matrix, stride: inner), .rowsAreColumns, keep: weights.bias == nil ? 0 : 1,
      out, stride: outputs)
  }
}

/// Cuts the time axis into tiles, lays the taps of each output row side by side, and lets `body`
/// make the output of one tile from them.
///
/// `body` gets the gathered rows `[rows, taps * inputs]`, the output, the number of rows, and
/// `scratch` extra values for each of them.
private func convolutionTiles(
  _ x: Tensor, _ weights: ConvolutionWeights, scratch: Int,
  _ body: (
    UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, UnsafeMutablePointer<Float>
  ) -> Void
) -> Tensor {
  let (batch, time, inputs) = (x.shape[0], x.shape[1], x.shape[2])
  precondition(inputs == weights.inputs, "convolution: \(x.shape) for \(weights.inputs) channels")
  let (taps, dilation, padding) = (weights.taps, weights.dilation, weights.padding)
  let length = time + 2 * padding - dilation * (taps - 1)
  let tiles = tileCount(length: length, batch: batch)
  let inner = taps * inputs
  return Tensor([batch, length, weights.outputs]) { out in
    x.withValues { x in
      parallelFor(batch * tiles) { tile in
        let item = x + tile / tiles * time * inputs
        let range = share(tile % tiles, of: tiles, total: length)
        let out = out + (tile / tiles * length + range.lowerBound) * weights.outputs
        let gatheredCount = taps == 1 ? 0 : range.count * inner
        withUnsafeTemporaryAllocation(
          of: Float.self, capacity: gatheredCount + range.count * scratch
        ) { buffer in
          guard let memory = buffer.baseAddress else { return }
          guard taps > 1 else {
            return body(item + range.lowerBound * inputs, out, range.count, memory)
          }
          for row in range {
            let target = memory + (row - range.lowerBound) * inner
            for tap in 0..<taps {
              let source = row + tap * dilation - padding
              if source >= 0 && source < time {
                (target + tap * inputs).update(from: item + source * inputs, count: inputs)
              } else {
                (target + tap * inputs).update(repeating: 0, count: inputs)
              }
            }
          }
          body(memory, out, range.count, memory + gatheredCount)
        }
      }
    }
  }
}

/// Tiles an item is cut into: enough for all threads, none so long that its rows leave the cache.
private func tileCount(length: Int, batch: Int) -> Int {
  let longest = 1024
  let forCache = (length + longest - 1) / longest
  let tiles = max(1, forCache, (threadCount + batch - 1) / batch)
  // A multiple of the thread count leaves no thread waiting in the last round.
  let rounded = batch * tiles % threadCount == 0 ? tiles : (tiles / threadCount + 1) * threadCount
  return min(rounded, max(1, length))
}
