internal import CMachine

/// Products with a block of weights, the innermost loop of every layer.
///
/// A block is what one pass of the microkernel multiplies with, `[inner, width]`. Without vector units to
/// build for, BLAS, which chooses its own kernels at run time, does the work.
enum PanelProduct {
  /// Columns of a block: two vectors, or what makes a call of BLAS worth its while.
  static let width = mmaudio_vector_lanes() == 0 ? 64 : 2 * Int(mmaudio_vector_lanes())

  /// Where a block's weights are: both halves of a row, and how far it is to the next row.
  struct Block {
    let left: UnsafePointer<Float>
    let right: UnsafePointer<Float>
    let stride: Int

    /// Rows of `width` values one after another.
    init(_ start: UnsafePointer<Float>) {
      self.init(left: start, right: start + PanelProduct.width / 2, stride: PanelProduct.width)
    }

    init(left: UnsafePointer<Float>, right: UnsafePointer<Float>, stride: Int) {
      self.left = left
      self.right = right
      self.stride = stride
    }
  }

  /// `out = a · block`, or `out += a · block`, on the calling thread.
  ///
  /// - Parameters:
  ///   - rows: rows of `a` and `out`
  ///   - a: rows of `inner` values, `stride` apart; they may overlap
  ///   - stride: distance between rows of `a`; if less than `inner`, it divides it
  ///   - block: `[inner, width]`
  ///   - inner: values that are summed over
  ///   - out: `[rows, width]`
  ///   - outStride: distance between rows of `out`
  ///   - adds: whether what `out` holds is kept
  ///   - next: what to bring into the cache meanwhile
  static func multiply(
    rows: Int, _ a: UnsafePointer<Float>, stride: Int, _ block: Block, inner: Int,
    _ out: UnsafeMutablePointer<Float>, stride outStride: Int, adds: Bool, _ next: inout Prefetch
  ) {
    guard mmaudio_vector_lanes() == 0 else {
      multiplyBlock(
        rows: rows, a, stride: stride, block, inner: inner, out, outStride, adds, &next)
      return
    }
    // BLAS has no rows that overlap: take them apart and add up.
    let step = min(stride, inner)
    for start in Swift.stride(from: 0, to: inner, by: step) {
      product(
        rows: rows, columns: width, inner: min(step, inner - start),
        MatrixView(start: a + start, stride: stride),
        MatrixView(start: block.left + start * block.stride, stride: block.stride), .asIs,
        keep: start == 0 && !adds ? 0 : 1, out, stride: outStride)
    }
  }

  /// Rows that the microkernel takes at a time.
  static let tileHeight = mmaudio_vector_lanes() == 16 ? 14 : 6
}

/// Asks for a cache line before it is needed; any address will do.
@inline(__always)
func prefetchLine(_ address: UnsafeRawPointer) { mmaudio_prefetch(address) }

/// Memory to ask for while something else is computed, a little at every step.
struct Prefetch {
  private var address: UnsafeRawPointer
  private let step: Int

  /// Spreads `byteCount` bytes over so many steps.
  init(_ start: UnsafeRawPointer, byteCount: Int, steps: Int) {
    address = start
    step = min(64, (byteCount + max(1, steps) - 1) / max(1, steps))
  }

  @inline(__always)
  mutating func advance() {
    prefetchLine(address)
    address += step
  }
}

/// All rows times one block: full tiles first, then what is left in tiles of four.
@inline(never)
private func multiplyBlock(
  rows: Int, _ a: UnsafePointer<Float>, stride: Int, _ block: PanelProduct.Block, inner: Int,
  _ out: UnsafeMutablePointer<Float>, _ outStride: Int, _ adds: Bool, _ next: inout Prefetch
) {
  let wide = mmaudio_vector_lanes() == 16
  let height = PanelProduct.tileHeight
  var row = 0
  while row + height <= rows {
    let (a, out) = (a + row * stride, out + row * outStride)
    if wide {
      wideTile(a, stride, block, inner, out, outStride, adds, &next)
    } else {
      narrowTile(a, stride, block, inner, out, outStride, adds, &next)
    }
    row += height
  }
  while row < rows {
    let (a, out, left) = (a + row * stride, out + row * outStride, min(4, rows - row))
    if wide {
      lastTile(SIMD16<Float>.self, a, stride, block, inner, out, outStride, adds, rows: left)
    } else {
      lastTile(SIMD8<Float>.self, a, stride, block, inner, out, outStride, adds, rows: left)
    }
    row += 4
  }
}

/// 14 × 32 sums in the 32 registers of AVX-512.
@inline(__always)
private func wideTile(
  _ a: UnsafePointer<Float>, _ stride: Int, _ block: PanelProduct.Block, _ inner: Int,
  _ out: UnsafeMutablePointer<Float>, _ outStride: Int, _ adds: Bool, _ next: inout Prefetch
) {
  var upper = RegisterTile<7, SIMD16<Float>>()
  var lower = RegisterTile<7, SIMD16<Float>>()
  var (left, right, ahead) = (block.left, block.right, next)
  for k in 0..<inner {
    let (first, second) = (
      load(left, as: SIMD16<Float>.self), load(right, as: SIMD16<Float>.self)
    )
    upper.add(a + k, stride, first, second)
    lower.add(a + k + 7 &* stride, stride, first, second)
    left += block.stride
    right += block.stride
    ahead.advance()
  }
  next = ahead
  upper.store(out, outStride, adds)
  lower.store(out + 7 * outStride, outStride, adds)
}

/// 6 × 16 sums in the 16 registers of AVX2.
@inline(__always)
private func narrowTile(
  _ a: UnsafePointer<Float>, _ stride: Int, _ block: PanelProduct.Block, _ inner: Int,
  _ out: UnsafeMutablePointer<Float>, _ outStride: Int, _ adds: Bool, _ next: inout Prefetch
) {
  var tile = RegisterTile<6, SIMD8<Float>>()
  var (left, right, ahead) = (block.left, block.right, next)
  for k in 0..<inner {
    tile.add(a + k, stride, load(left, as: SIMD8<Float>.self), load(right, as: SIMD8<Float>.self))
    left += block.stride
    right += block.stride
    ahead.advance()
  }
  next = ahead
  tile.store(out, outStride, adds)
}

/// Up to four rows; the missing ones repeat the last and are not stored.
@inline(__always)
private func lastTile<Vector: SIMD & BitwiseCopyable & Sendable>(
  _: Vector.Type, _ a: UnsafePointer<Float>, _ stride: Int, _ block: PanelProduct.Block,
  _ inner: Int, _ out: UnsafeMutablePointer<Float>, _ outStride: Int, _ adds: Bool, rows: Int
) where Vector.Scalar == Float {
  var tile = RegisterTile<4, Vector>()
  let width = 2 * Vector.scalarCount
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * width) { buffer in
    guard let copy = buffer.baseAddress else { return }
    var (left, right) = (block.left, block.right)
    let (second, third, fourth) = (min(1, rows - 1), min(2, rows - 1), min(3, rows - 1))
    for k in 0..<inner {
      tile.add(
        a[k], a[second &* stride &+ k], a[third &* stride &+ k], a[fourth &* stride &+ k],
        load(left, as: Vector.self), load(right, as: Vector.self))
      left += block.stride
      right += block.stride
    }
    tile.store(copy, width, false)
    for row in 0..<rows {
      let (out, copy) = (out + row * outStride, copy + row * width)
      for column in 0..<width { out[column] = copy[column] + (adds ? out[column] : 0) }
    }
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
  func store(_ out: UnsafeMutablePointer<Float>, _ stride: Int, _ adds: Bool) {
    let width = Vector.scalarCount
    for row in 0..<rows {
      let target = out + row &* stride
      var (first, second) = (left[unchecked: row], right[unchecked: row])
      if adds {
        first += load(target, as: Vector.self)
        second += load(target + width, as: Vector.self)
      }
      UnsafeMutableRawPointer(target).storeBytes(of: first, as: Vector.self)
      UnsafeMutableRawPointer(target + width).storeBytes(of: second, as: Vector.self)
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
