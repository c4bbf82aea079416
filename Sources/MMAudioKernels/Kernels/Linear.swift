/// `activation(x Wᵀ + b) [+ residual]`, PyTorch's `nn.Linear`.
///
/// - Parameters:
///   - x: `[…, inputs]`
///   - weight: `[outputs, inputs]`, trailing axes of a kernel of one tap are folded away
///   - bias: `[outputs]`
///   - activation: applied to product and bias
///   - residual: added to the result, `[…, outputs]`; only with the identity activation
/// - Returns: `[…, outputs]`
public func linear(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, activation: Activation = .identity,
  addedTo residual: Tensor? = nil
) -> Tensor {
  let outputs = weight.shape[0]
  let inputs = weight.count / outputs
  precondition(x.shape.last == inputs, "linear: \(x.shape) does not fit weight \(weight.shape)")
  let shape = x.shape.dropLast() + [outputs]
  precondition(residual == nil || residual?.count == shape.reduce(1, *), "linear: residual shape")
  let rows = x.count / inputs
  return Tensor(Array(shape)) { out in
    let grid = TileGrid(rows: rows, columns: outputs)
    x.withValues { x in
      weight.withValues { weight in
        parallelFor(grid.count) { tile in
          let (rowRange, columnRange) = grid[tile]
          let target = out + rowRange.lowerBound * outputs + columnRange.lowerBound
          startRows(
            target, stride: outputs, rows: rowRange, columns: columnRange, bias: bias,
            residual: residual, width: outputs)
          product(
            rows: rowRange.count, columns: columnRange.count, inner: inputs,
            MatrixView(start: x + rowRange.lowerBound * inputs, stride: inputs),
            MatrixView(start: weight + columnRange.lowerBound * inputs, stride: inputs),
            .rowsAreColumns, keep: bias == nil && residual == nil ? 0 : 1, target, stride: outputs)
          guard activation != .identity else { return }
          for row in 0..<rowRange.count {
            activation.apply(to: target + row * outputs, count: columnRange.count)
          }
        }
      }
    }
  }
}

/// Writes what the product is added to: the bias, the residual, or their sum.
@inline(__always)
private func startRows(
  _ target: UnsafeMutablePointer<Float>, stride: Int, rows: Range<Int>, columns: Range<Int>,
  bias: Tensor?, residual: Tensor?, width: Int
) {
  let count = columns.count
  residual?.withValues { residual in
    for row in rows {
      let source = residual + row * width + columns.lowerBound
      let out = target + (row - rows.lowerBound) * stride
      out.update(from: source, count: count)
    }
  }
  bias?.withValues { bias in
    let bias = bias + columns.lowerBound
    for row in 0..<rows.count {
      let out = target + row * stride
      if residual == nil {
        out.update(from: bias, count: count)
      } else {
        for i in 0..<count { out[i] += bias[i] }
      }
    }
  }
}

/// A matrix cut into one tile a thread, or a few where it is tall.
struct TileGrid {
  private let rows: Int
  private let columns: Int
  private let rowTiles: Int
  private let columnTiles: Int

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    let tallest = 1024  // rows whose product stays in a core's cache with its packed operands
    // BLAS packs the weights anew in each tile, which takes hundreds of rows to pay.
    if rows >= 256 * threadCount || columns < 64 * threadCount {
      let perThread = (rows + threadCount - 1) / threadCount
      rowTiles = min(rows, threadCount * ((perThread + tallest - 1) / tallest))
      columnTiles = 1
    } else {
      rowTiles = 1
      columnTiles = max(1, min(threadCount, columns / 64))
    }
  }

  var count: Int { rowTiles * columnTiles }

  subscript(tile: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    (
      share(tile / columnTiles, of: rowTiles, total: rows),
      share(tile % columnTiles, of: columnTiles, total: columns)
    )
  }
}

/// The `index`-th of `parts` nearly equal ranges of `0..<total`.
@inline(__always)
func share(_ index: Int, of parts: Int, total: Int) -> Range<Int> {
  (total * index / parts)..<(total * (index + 1) / parts)
}
