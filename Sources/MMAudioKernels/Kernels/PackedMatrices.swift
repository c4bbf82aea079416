internal import CMachine

/// Weights `[columns, inner]` of several products of one shape, laid out once for the microkernel that
/// will read them.
///
/// A panel holds `panelWidth` columns side by side, `[inner, panelWidth]`, so that the kernel reads it
/// as one stream and no call packs it again: BLAS packs its operands in every call, which for a few
/// hundred rows costs as much as a tenth of the product. Without vector units to build for, the
/// weights stay as they are and BLAS, which chooses its own kernels at run time, does the work.
struct PackedMatrices: Sendable {
  let count: Int
  let columns: Int
  let inner: Int
  private let memory: Tensor

  /// Columns of one panel.
  static let panelWidth = mmaudio_vector_lanes() == 0 ? 64 : 2 * Int(mmaudio_vector_lanes())

  /// Number of panels; the last may be part empty.
  var panels: Int { (columns + Self.panelWidth - 1) / Self.panelWidth }

  /// Lays out the weights that `fill(column, rows)` writes, `[count, inner]` for each column.
  init(
    count: Int, columns: Int, inner: Int, _ fill: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    self.count = count
    self.columns = columns
    self.inner = inner
    let width = Self.panelWidth
    let panels = (columns + width - 1) / width
    let isPlain = mmaudio_vector_lanes() == 0
    memory = Tensor(isPlain ? [count, columns, inner] : [panels, count, inner, width]) { memory in
      parallelFor(panels) { panel in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: width * count * inner) { buffer in
          guard let rows = buffer.baseAddress else { return }
          buffer.update(repeating: 0)
          let used = min(width, columns - panel * width)
          for lane in 0..<used { fill(panel * width + lane, rows + lane * count * inner) }
          for index in 0..<count {
            let source = rows + index * inner
            if isPlain {
              for lane in 0..<used {
                (memory + (index * columns + panel * width + lane) * inner)
                  .update(from: source + lane * count * inner, count: inner)
              }
            } else {
              interleave(
                source, rowStride: count * inner, memory + (panel * count + index) * inner * width,
                inner: inner, width: width)
            }
          }
        }
      }
    }
  }

  /// `out = a · weightsᵀ` for one of the matrices and the columns of some panels, on the calling
  /// thread.
  ///
  /// - Parameters:
  ///   - index: which matrix
  ///   - rows: rows of `a` and `out`
  ///   - a: rows of `inner` values, `stride` apart; they may overlap
  ///   - stride: distance between rows of `a`; if less than `inner`, it divides it
  ///   - range: panels to multiply with
  ///   - out: `[rows, range.count * panelWidth]`, columns of an incomplete panel included
  func multiply(
    _ index: Int, rows: Int, _ a: UnsafePointer<Float>, stride: Int, panels range: Range<Int>,
    _ out: UnsafeMutablePointer<Float>
  ) {
    let outStride = range.count * Self.panelWidth
    memory.withValues { memory in
      guard mmaudio_vector_lanes() != 0 else {
        multiplyWithBLAS(
          rows: rows, a, stride: stride, memory + index * columns * inner, range, out, outStride)
        return
      }
      for panel in range {
        multiplyPanel(
          rows: rows, a, stride: stride,
          memory + (panel * count + index) * inner * Self.panelWidth, inner: inner,
          out + (panel - range.lowerBound) * Self.panelWidth, stride: outStride)
      }
    }
  }

  private func multiplyWithBLAS(
    rows: Int, _ a: UnsafePointer<Float>, stride: Int, _ weights: UnsafePointer<Float>,
    _ range: Range<Int>, _ out: UnsafeMutablePointer<Float>, _ outStride: Int
  ) {
    let first = range.lowerBound * Self.panelWidth
    let count = min(columns, range.upperBound * Self.panelWidth) - first
    // BLAS has no rows that overlap: take them apart and add up.
    let step = min(stride, inner)
    for start in Swift.stride(from: 0, to: inner, by: step) {
      product(
        rows: rows, columns: count, inner: step, MatrixView(start: a + start, stride: stride),
        MatrixView(start: weights + first * inner + start, stride: inner), .rowsAreColumns,
        keep: start == 0 ? 0 : 1, out, stride: outStride)
    }
  }
}

/// `[width, inner]` → `[inner, width]`.
private func interleave(
  _ rows: UnsafePointer<Float>, rowStride: Int, _ panel: UnsafeMutablePointer<Float>, inner: Int,
  width: Int
) {
  // In blocks that stay in the first-level cache on both sides.
  for block in stride(from: 0, to: inner, by: 64) {
    for k in block..<min(inner, block + 64) {
      for lane in 0..<width { panel[k * width + lane] = rows[lane * rowStride + k] }
    }
  }
}

/// All rows times one panel: full blocks first, then what is left in blocks of four.
private func multiplyPanel(
  rows: Int, _ a: UnsafePointer<Float>, stride: Int, _ panel: UnsafePointer<Float>, inner: Int,
  _ out: UnsafeMutablePointer<Float>, stride outStride: Int
) {
  let wide = mmaudio_vector_lanes() == 16
  let height = wide ? 14 : 6
  var row = 0
  while row + height <= rows {
    let (a, out) = (a + row * stride, out + row * outStride)
    if wide {
      wideBlock(a, stride, panel, inner, out, outStride)
    } else {
      narrowBlock(a, stride, panel, inner, out, outStride)
    }
    row += height
  }
  while row < rows {
    let (a, out, left) = (a + row * stride, out + row * outStride, min(4, rows - row))
    if wide {
      lastBlock(SIMD16<Float>.self, a, stride, panel, inner, out, outStride, rows: left)
    } else {
      lastBlock(SIMD8<Float>.self, a, stride, panel, inner, out, outStride, rows: left)
    }
    row += 4
  }
}

/// 14 × 32 sums in the 32 registers of AVX-512.
private func wideBlock(
  _ a: UnsafePointer<Float>, _ stride: Int, _ panel: UnsafePointer<Float>, _ inner: Int,
  _ out: UnsafeMutablePointer<Float>, _ outStride: Int
) {
  var upper = RegisterTile<7, SIMD16<Float>>()
  var lower = RegisterTile<7, SIMD16<Float>>()
  var panel = panel
  for k in 0..<inner {
    let (left, right) = (
      load(panel, as: SIMD16<Float>.self), load(panel + 16, as: SIMD16<Float>.self)
    )
    upper.add(a + k, stride, left, right)
    lower.add(a + k + 7 &* stride, stride, left, right)
    panel += 32
  }
  upper.store(out, outStride)
  lower.store(out + 7 * outStride, outStride)
}

/// 6 × 16 sums in the 16 registers of AVX2.
private func narrowBlock(
  _ a: UnsafePointer<Float>, _ stride: Int, _ panel: UnsafePointer<Float>, _ inner: Int,
  _ out: UnsafeMutablePointer<Float>, _ outStride: Int
) {
  var tile = RegisterTile<6, SIMD8<Float>>()
  var panel = panel
  for k in 0..<inner {
    tile.add(
      a + k, stride, load(panel, as: SIMD8<Float>.self), load(panel + 8, as: SIMD8<Float>.self))
    panel += 16
  }
  tile.store(out, outStride)
}

/// Up to four rows; the missing ones repeat the last and are not stored.
@inline(__always)
private func lastBlock<Vector: SIMD & BitwiseCopyable & Sendable>(
  _: Vector.Type, _ a: UnsafePointer<Float>, _ stride: Int, _ panel: UnsafePointer<Float>,
  _ inner: Int, _ out: UnsafeMutablePointer<Float>, _ outStride: Int, rows: Int
) where Vector.Scalar == Float {
  var tile = RegisterTile<4, Vector>()
  let width = 2 * Vector.scalarCount
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * width) { buffer in
    guard let copy = buffer.baseAddress else { return }
    var panel = panel
    let (second, third, fourth) = (min(1, rows - 1), min(2, rows - 1), min(3, rows - 1))
    for k in 0..<inner {
      tile.add(
        a[k], a[second &* stride &+ k], a[third &* stride &+ k], a[fourth &* stride &+ k],
        load(panel, as: Vector.self), load(panel + Vector.scalarCount, as: Vector.self))
      panel += width
    }
    tile.store(copy, width)
    for row in 0..<rows { (out + row * outStride).update(from: copy + row * width, count: width) }
  }
}

/// A tile of `rows` times two vectors of sums.
///
/// Small enough that the compiler unrolls its loops and keeps all of it in registers; one loop over 14
/// rows it would not.
private struct RegisterTile<let rows: Int, Vector: SIMD & BitwiseCopyable & Sendable>
where Vector.Scalar == Float {
  private var left = InlineArray<rows, Vector>(repeating: Vector())
  private var right = InlineArray<rows, Vector>(repeating: Vector())

  /// Adds the outer product of a column of `a` and two vectors.
  @inline(__always)
  mutating func add(_ a: UnsafePointer<Float>, _ stride: Int, _ first: Vector, _ second: Vector) {
    for row in 0..<rows {
      let value = Vector(repeating: a[row &* stride])
      left[unchecked: row] = left[unchecked: row].addingProduct(value, first)
      right[unchecked: row] = right[unchecked: row].addingProduct(value, second)
    }
  }

  @inline(__always)
  func store(_ out: UnsafeMutablePointer<Float>, _ stride: Int) {
    for row in 0..<rows {
      let target = UnsafeMutableRawPointer(out + row &* stride)
      target.storeBytes(of: left[unchecked: row], as: Vector.self)
      target.storeBytes(
        of: right[unchecked: row], toByteOffset: MemoryLayout<Vector>.size, as: Vector.self)
    }
  }
}

extension RegisterTile where rows == 4 {
  /// The same for values that are not evenly spaced.
  @inline(__always)
  fileprivate mutating func add(
    _ a0: Float, _ a1: Float, _ a2: Float, _ a3: Float, _ first: Vector, _ second: Vector
  ) {
    let values: InlineArray<4, Float> = [a0, a1, a2, a3]
    for row in 0..<4 {
      let value = Vector(repeating: values[unchecked: row])
      left[unchecked: row] = left[unchecked: row].addingProduct(value, first)
      right[unchecked: row] = right[unchecked: row].addingProduct(value, second)
    }
  }
}

@inline(__always)
private func load<Vector: SIMD & BitwiseCopyable>(
  _ memory: UnsafePointer<Float>, as _: Vector.Type
) -> Vector where Vector.Scalar == Float {
  UnsafeRawPointer(memory).loadUnaligned(as: Vector.self)
}
