/// Which rows of a table of conditions the rows of a sequence use.
///
/// Tokens that share a condition share a row: the global condition is one row for all tokens of an
/// item, the synchronisation features are as many rows as there are distinct tokens.
public struct ConditionTable: Sendable {
  /// `[distinct rows, width]`.
  public let rows: Tensor
  /// For every token of every batch item, its row.
  public let rowOfToken: [Int]

  /// A table and the row that each token uses.
  public init(rows: Tensor, rowOfToken: [Int]) {
    self.rows = rows
    self.rowOfToken = rowOfToken
  }
}

/// `(x - mean) / √(variance + ε) · weight + bias` over the last axis, PyTorch's `nn.LayerNorm`.
///
/// - Parameters:
///   - x: `[…, channels]`
///   - weight: `[channels]`
///   - bias: `[channels]`
///   - epsilon: added to the variance
/// - Returns: same shape as `x`
public func layerNorm(_ x: Tensor, weight: Tensor, bias: Tensor, epsilon: Float) -> Tensor {
  let channels = weight.count
  precondition(x.shape.last == channels, "layerNorm: \(x.shape) for \(channels) channels")
  return weight.withValues { weight in
    bias.withValues { bias in
      mapRows(x) { _, input, output in
        let (mean, scale) = moments(input, channels, epsilon: epsilon)
        for i in 0..<channels { output[i] = (input[i] - mean) * scale * weight[i] + bias[i] }
      }
    }
  }
}

/// `layerNorm(x) · (1 + scale) + shift`, the adaLN modulation of DiT (Peebles and Xie 2023).
///
/// The normalisation has no weights of its own and ε = 1e-5.
///
/// - Parameters:
///   - x: `[batch, tokens, hidden]`
///   - modulation: rows hold several vectors of `hidden` values one after another
///   - shift: which of them is the shift
///   - scale: which of them is the scale
/// - Returns: same shape as `x`
public func modulatedNorm(
  _ x: Tensor, _ modulation: ConditionTable, shift: Int, scale: Int
) -> Tensor {
  let hidden = x.shape[x.shape.count - 1]
  let width = modulation.rows.shape[1]
  checkTokens(x, modulation)
  return modulation.rows.withValues { table in
    mapRows(x) { row, input, output in
      let condition = table + modulation.rowOfToken[row] * width
      let (shift, gain) = (condition + shift * hidden, condition + scale * hidden)
      let (mean, deviation) = moments(input, hidden, epsilon: 1e-5)
      for i in 0..<hidden {
        output[i] = (input[i] - mean) * deviation * (1 + gain[i]) + shift[i]
      }
    }
  }
}

/// `x + y · gate`, the gated residual of DiT.
///
/// - Parameters:
///   - x: `[batch, tokens, hidden]`
///   - y: same shape as `x`
///   - modulation: as for `modulatedNorm`
///   - gate: which vector of a row is the gate
/// - Returns: same shape as `x`
public func gatedSum(
  _ x: Tensor, _ y: Tensor, _ modulation: ConditionTable, gate: Int
) -> Tensor {
  let hidden = x.shape[x.shape.count - 1]
  let width = modulation.rows.shape[1]
  precondition(x.shape == y.shape, "gatedSum: \(x.shape) and \(y.shape)")
  checkTokens(x, modulation)
  return modulation.rows.withValues { table in
    y.withValues { y in
      mapRows(x) { row, input, output in
        let gate = table + modulation.rowOfToken[row] * width + gate * hidden
        let y = y + row * hidden
        for i in 0..<hidden { output[i] = input[i] + y[i] * gate[i] }
      }
    }
  }
}

/// `x / (ε + √mean(x²))` over the last axis with ε = 1e-4, the pixel norm of EDM2.
public func pixelNorm(_ x: Tensor) -> Tensor {
  let channels = x.shape[x.shape.count - 1]
  return mapRows(x) { _, input, output in
    let scale = 1 / (1e-4 + (sumOfSquares(input, channels) / Float(channels)).squareRoot())
    for i in 0..<channels { output[i] = input[i] * scale }
  }
}

/// `x / max(‖x‖, 1e-12)` over the last axis, PyTorch's `F.normalize`.
public func unitNorm(_ x: Tensor) -> Tensor {
  let channels = x.shape[x.shape.count - 1]
  return mapRows(x) { _, input, output in
    let scale = 1 / max(sumOfSquares(input, channels).squareRoot(), 1e-12)
    for i in 0..<channels { output[i] = input[i] * scale }
  }
}

/// Mean over the second axis: `[batch, tokens, channels]` → `[batch, channels]`.
public func meanOverTokens(_ x: Tensor) -> Tensor {
  let (batch, tokens, channels) = (x.shape[0], x.shape[1], x.shape[2])
  return Tensor([batch, channels]) { out in
    x.withValues { x in
      for item in 0..<batch {
        let target = out + item * channels
        target.update(repeating: 0, count: channels)
        for token in 0..<tokens {
          let row = x + (item * tokens + token) * channels
          for i in 0..<channels { target[i] += row[i] }
        }
        for i in 0..<channels { target[i] /= Float(tokens) }
      }
    }
  }
}

/// Calls `body(row index, input, output)` for every row of the last axis, on all threads.
func mapRows(
  _ x: Tensor, _ body: (Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
) -> Tensor {
  let channels = x.shape[x.shape.count - 1]
  let rows = x.count / max(1, channels)
  // Some 32,000 values a task pay for a thread's wake-up.
  let tasks = max(1, min(rows, rows * channels / 32_768))
  return Tensor(x.shape) { output in
    x.withValues { input in
      parallelFor(tasks) { task in
        for row in share(task, of: tasks, total: rows) {
          body(row, input + row * channels, output + row * channels)
        }
      }
    }
  }
}

/// Mean and `1 / √(variance + ε)` of a row, the variance from differences to the mean.
@inline(__always)
private func moments(
  _ x: UnsafePointer<Float>, _ count: Int, epsilon: Float
) -> (mean: Float, scale: Float) {
  let mean = sum(x, count) / Float(count)
  let variance = sumOfSquares(x, count, center: mean) / Float(count)
  return (mean, 1 / (variance + epsilon).squareRoot())
}

private func checkTokens(_ x: Tensor, _ table: ConditionTable) {
  let tokens = x.shape.dropLast().reduce(1, *)
  precondition(
    table.rowOfToken.count == tokens,
    "modulation: \(table.rowOfToken.count) conditions for \(tokens) tokens")
}
