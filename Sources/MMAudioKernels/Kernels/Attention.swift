/// Evenly spaced rows of a matrix: `start, start + step, …`.
public struct Rows: Sendable {
  let start: Int
  let step: Int
  let count: Int

  /// Rows `start, start + step, …`, `count` of them.
  public init(start: Int, step: Int = 1, count: Int) {
    self.start = start
    self.step = step
    self.count = count
  }
}

/// Queries that attend to the same keys.
public struct AttentionGroup: Sendable {
  let queries: Rows
  let keys: [Rows]

  /// Lets `queries` attend to all `keys`, in order.
  public init(queries: Rows, keys: [Rows]) {
    self.queries = queries
    self.keys = keys
  }

  /// `batch` sequences of `length` rows one after another, each attending to itself.
  public static func sequences(batch: Int, length: Int) -> [AttentionGroup] {
    (0..<batch).map {
      let rows = Rows(start: $0 * length, count: length)
      return AttentionGroup(queries: rows, keys: [rows])
    }
  }
}

/// Multi-head scaled dot-product attention, `softmax(Q Kᵀ / √d) V` for every group and head.
///
/// Queries, keys and values stay where the linear layer wrote them: rows are addressed by start and
/// step. A head's keys and values are laid out as blocks of the microkernel, and its queries taken a few
/// tiles at a time, so that scores never leave the cache.
///
/// - Parameters:
///   - packed: `[rows, 3 * hidden]`, a row holds q, k and v, each split as (head, d)
///   - heads: number of heads; d is `hidden / heads`
///   - groups: who attends to whom; every query row belongs to exactly one group
///   - causal: a query sees only keys up to its own position; groups must have one key range
/// - Returns: `[rows, hidden]`; rows that no group queries are not written
public func attention(
  _ packed: Tensor, heads: Int, groups: [AttentionGroup], causal: Bool = false
) -> Tensor {
  let width = packed.shape[packed.shape.count - 1]
  let (hidden, rows) = (width / 3, packed.count / width)
  precondition(hidden % heads == 0 && rows > 0, "attention: \(packed.shape) in \(heads) heads")
  let units = groups.count * heads
  // Enough tasks for all threads, even of one head.
  let parts = units < 2 * threadCount ? threadCount : 1
  let tasks = min(units * parts, 8 * threadCount)
  return Tensor(Array(packed.shape.dropLast()) + [hidden]) { out in
    packed.withValues { packed in
      parallelFor(tasks) { task in
        for index in share(task, of: tasks, total: units * parts) {
          let (unit, part) = (index / parts, index % parts)
          let group = groups[unit / heads]
          let column = unit % heads * (hidden / heads)
          let queries = share(part, of: parts, total: group.queries.count)
          guard !queries.isEmpty else { continue }
          let head = AttentionHead(
            packed: packed + column, width: width, size: hidden / heads, keys: group.keys)
          head.attend(
            Rows(
              start: group.queries.start + queries.lowerBound * group.queries.step,
              step: group.queries.step, count: queries.count),
            firstVisible: causal ? queries.lowerBound : nil, out + column, stride: hidden)
        }
      }
    }
  }
}

/// One head's columns of the packed rows, and the keys that are attended to.
private struct AttentionHead {
  let packed: UnsafePointer<Float>
  /// Distance between packed rows, three times that between rows of the result.
  let width: Int
  /// d.
  let size: Int
  let keys: [Rows]
  let keyCount: Int

  /// Queries whose scores are in the cache together; whole tiles of both microkernels.
  private static let queriesPerTile = 84

  init(packed: UnsafePointer<Float>, width: Int, size: Int, keys: [Rows]) {
    self.packed = packed
    self.width = width
    self.size = size
    self.keys = keys
    keyCount = keys.reduce(0) { $0 + $1.count }
  }

  private var keyBlocks: Int { (keyCount + PanelProduct.width - 1) / PanelProduct.width }
  private var valueBlocks: Int { (size + PanelProduct.width - 1) / PanelProduct.width }

  /// Attention of some queries.
  ///
  /// For causal attention `firstVisible` is the position of the first query among the keys.
  func attend(
    _ queries: Rows, firstVisible: Int?, _ out: UnsafeMutablePointer<Float>, stride outStride: Int
  ) {
    let tile = min(queries.count, Self.queriesPerTile)
    let keyColumns = keyBlocks * PanelProduct.width
    let valueColumns = valueBlocks * PanelProduct.width
    // Rows a power of two apart would push each other out of the cache.
    let scoreStride = keyColumns + (keyColumns.isMultiple(of: 512) ? 16 : 0)
    let sizes = [
      size * keyColumns, keyCount * valueColumns, tile * size, tile * scoreStride,
      tile * valueColumns, tile,
    ]
    withScratch(sizes.reduce(0, +)) { memory in
      let (keyMemory, valueMemory) = (memory, memory + sizes[0])
      let queryMemory = valueMemory + sizes[1]
      let scores = queryMemory + sizes[2]
      let result = scores + sizes[3]
      let sums = result + sizes[4]
      packKeys(keyMemory)
      packValues(valueMemory)
      for first in stride(from: 0, to: queries.count, by: tile) {
        let count = min(tile, queries.count - first)
        let rows = Rows(
          start: queries.start + first * queries.step, step: queries.step, count: count)
        scaleQueries(rows, queryMemory)
        multiply(
          count, queryMemory, size, keyMemory, inner: size, keyBlocks, scores, scoreStride)
        for query in 0..<count {
          let row = scores + query * scoreStride
          let visible = firstVisible.map { min(keyCount, $0 + first + query + 1) } ?? keyCount
          sums[query] = exponentials(row, visible)
          for key in visible..<keyCount { row[key] = 0 }
        }
        multiply(
          count, scores, scoreStride, valueMemory, inner: keyCount, valueBlocks, result,
          valueColumns)
        for query in 0..<count {
          let (row, scale) = (result + query * valueColumns, 1 / sums[query])
          let target = out + (rows.start + query * rows.step) * outStride
          for i in 0..<size { target[i] = row[i] * scale }
        }
      }
    }
  }

  /// Rows times blocks that lie one after another, `[blocks, inner, width]`.
  private func multiply(
    _ rows: Int, _ a: UnsafePointer<Float>, _ stride: Int, _ blocks: UnsafePointer<Float>,
    inner: Int, _ count: Int, _ out: UnsafeMutablePointer<Float>, _ outStride: Int
  ) {
    var nothing = Prefetch(blocks, byteCount: 0, steps: 1)
    for block in 0..<count {
      PanelProduct.multiply(
        rows: rows, a, stride: stride,
        PanelProduct.Block(blocks + block * inner * PanelProduct.width), inner: inner,
        out + block * PanelProduct.width, stride: outStride, adds: false, &nothing)
    }
  }

  /// Calls `body` with the position of every key and its packed row.
  @inline(__always)
  private func forEachKey(_ body: (Int, UnsafePointer<Float>) -> Void) {
    var position = 0
    for rows in keys {
      for row in 0..<rows.count {
        body(position, packed + (rows.start + row * rows.step) * width)
        position += 1
      }
    }
  }

  /// Kᵀ, `[key blocks, d, width]`.
  private func packKeys(_ blocks: UnsafeMutablePointer<Float>) {
    let columns = PanelProduct.width
    let last = blocks + (keyBlocks - 1) * size * columns
    if keyCount % columns != 0 { last.update(repeating: 0, count: size * columns) }
    forEachKey { position, row in
      let key = row + width / 3
      let target = blocks + position / columns * size * columns + position % columns
      for k in 0..<size { target[k &* columns] = key[k] }
    }
  }

  /// V, `[value blocks, keys, width]`.
  private func packValues(_ blocks: UnsafeMutablePointer<Float>) {
    let columns = PanelProduct.width
    forEachKey { position, row in
      let value = row + 2 * width / 3
      for block in 0..<valueBlocks {
        let target = blocks + (block * keyCount + position) * columns
        let count = min(columns, size - block * columns)
        target.update(from: value + block * columns, count: count)
        for column in count..<columns { target[column] = 0 }
      }
    }
  }

  /// `Q / √d`, `[rows, d]`.
  private func scaleQueries(_ rows: Rows, _ out: UnsafeMutablePointer<Float>) {
    let scale = 1 / Float(size).squareRoot()
    for row in 0..<rows.count {
      let (query, target) = (packed + (rows.start + row * rows.step) * width, out + row * size)
      for i in 0..<size { target[i] = query[i] * scale }
    }
  }
}

/// `e^(x - largest)` in place, and the sum of them all: what softmax divides by.
///
/// Values up to the next multiple of sixteen are overwritten.
@inline(never)
private func exponentials(_ x: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
  let largest = maximum(x, count)
  let whole = (count + 15) / 16 * 16
  // Adds e^-80 to a sum of at least 1.
  for index in count..<whole { x[index] = -.greatestFiniteMagnitude }
  var lanes = SIMD16<Float>()
  for index in stride(from: 0, to: whole, by: 16) {
    let values = exponential(load16(x + index) - largest)
    store16(values, x + index, count: 16)
    lanes += values
  }
  return lanes.sum()
}
