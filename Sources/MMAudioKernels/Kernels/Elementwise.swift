/// `a · x + b · y`, elementwise.
public func weightedSum(_ a: Float, _ x: Tensor, _ b: Float, _ y: Tensor) -> Tensor {
  precondition(x.shape == y.shape, "weightedSum: \(x.shape) and \(y.shape)")
  return x.withValues { first in
    y.withValues { y in
      x.mapChunks { input, output, count in
        let y = y + (input - first)
        for i in 0..<count { output[i] = a * input[i] + b * y[i] }
      }
    }
  }
}

/// `x · scale + shift`, one value of each a channel of the last axis.
public func scaleAndShift(_ x: Tensor, scale: Tensor, shift: Tensor) -> Tensor {
  let channels = scale.count
  precondition(x.shape.last == channels, "scaleAndShift: \(x.shape) for \(channels) channels")
  return scale.withValues { scale in
    shift.withValues { shift in
      mapRows(x) { _, input, output in
        for i in 0..<channels { output[i] = input[i] * scale[i] + shift[i] }
      }
    }
  }
}

/// Adds `table` to every block of as many rows of `x`: position embeddings of repeated sequences.
///
/// - Parameters:
///   - x: `[…, channels]`; its last block may be cut short
///   - table: `[rows, channels]`
/// - Returns: same shape as `x`
public func addingRepeated(_ x: Tensor, _ table: Tensor) -> Tensor {
  let (rows, channels) = (table.shape[0], table.shape[1])
  precondition(x.count % channels == 0, "addingRepeated: \(x.shape) and \(table.shape)")
  return table.withValues { table in
    mapRows(x) { row, input, output in
      let addend = table + row % rows * channels
      for i in 0..<channels { output[i] = input[i] + addend[i] }
    }
  }
}

/// Rows of a table in any order, with repetition: `[rows.count, channels]`.
public func gatherRows(_ table: Tensor, _ rows: [Int]) -> Tensor {
  let channels = table.count / table.shape[0]
  return Tensor([rows.count, channels]) { out in
    table.withValues { table in
      for (index, row) in rows.enumerated() {
        (out + index * channels).update(from: table + row * channels, count: channels)
      }
    }
  }
}

/// Tensors of equal trailing shape one after another along the first axis.
public func concatenated(_ parts: [Tensor]) -> Tensor {
  let rest = Array(parts[0].shape.dropFirst())
  precondition(parts.allSatisfy { Array($0.shape.dropFirst()) == rest }, "concatenated: shapes")
  return Tensor([parts.reduce(0) { $0 + $1.shape[0] }] + rest) { out in
    var target = out
    for part in parts {
      copyChunks(of: part, to: target)
      target += part.count
    }
  }
}

/// Copies all values, on all threads if there are many.
private func copyChunks(of source: Tensor, to target: UnsafeMutablePointer<Float>) {
  let (count, chunk) = (source.count, 65_536)
  source.withValues { source in
    parallelFor((count + chunk - 1) / chunk) { index in
      let start = index * chunk
      (target + start).update(from: source + start, count: min(chunk, count - start))
    }
  }
}

/// `[rows, columns]` → `[columns, rows]`, for every item of the leading axes.
public func transposed(_ x: Tensor) -> Tensor {
  let (rows, columns) = (x.shape[x.shape.count - 2], x.shape[x.shape.count - 1])
  let items = x.count / max(1, rows * columns)
  return Tensor(Array(x.shape.dropLast(2)) + [columns, rows]) { out in
    x.withValues { x in
      for item in 0..<items {
        let (source, target) = (x + item * rows * columns, out + item * rows * columns)
        parallelFor((columns + 63) / 64) { block in
          for column in block * 64..<min(columns, block * 64 + 64) {
            for row in 0..<rows { target[column * rows + row] = source[row * columns + column] }
          }
        }
      }
    }
  }
}

/// `[batch, Σ lengths, channels]` → one `[batch, length, channels]` for every length.
public func splitTokens(_ x: Tensor, lengths: [Int]) -> [Tensor] {
  let (batch, tokens, channels) = (x.shape[0], x.shape[1], x.shape[2])
  precondition(lengths.reduce(0, +) == tokens, "splitTokens: \(lengths) of \(tokens)")
  var first = 0
  return lengths.map { length in
    defer { first += length }
    return Tensor([batch, length, channels]) { out in
      x.withValues { x in
        for item in 0..<batch {
          (out + item * length * channels).update(
            from: x + (item * tokens + first) * channels, count: length * channels)
        }
      }
    }
  }
}

/// Channels stored as (channel, part) become (part, channel).
public func deinterleaved(_ x: Tensor, parts: Int) -> Tensor {
  let width = x.shape[x.shape.count - 1]
  let channels = width / parts
  return mapRows(x) { _, input, output in
    for part in 0..<parts {
      for i in 0..<channels { output[part * channels + i] = input[i * parts + part] }
    }
  }
}
