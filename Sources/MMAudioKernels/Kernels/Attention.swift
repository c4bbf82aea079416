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
/// step, so neither heads nor groups are ever transposed or copied. One tile's scores fit in cache.
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
  precondition(hidden % heads == 0, "attention: \(hidden) channels in \(heads) heads")
  let size = hidden / heads
  let tiles = queryTiles(groups, heads: heads)
  return Tensor(Array(packed.shape.dropLast()) + [hidden]) { out in
    packed.withValues { packed in
      parallelFor(tiles.count * heads) { index in
        let tile = tiles[index / heads]
        let column = index % heads * size
        let group = groups[tile.group]
        attend(
          Head(packed: packed + column, width: width, hidden: hidden, size: size),
          queries: Rows(
            start: group.queries.start + tile.queries.lowerBound * group.queries.step,
            step: group.queries.step, count: tile.queries.count),
          keys: group.keys, firstVisible: causal ? tile.queries.lowerBound : nil, out + column)
      }
    }
    precondition(rows * hidden > 0, "attention: no rows")
  }
}

/// One head's columns of the packed rows.
private struct Head {
  let packed: UnsafePointer<Float>
  let width: Int
  let hidden: Int
  let size: Int

  func queries(_ rows: Rows) -> MatrixView {
    MatrixView(start: packed + rows.start * width, stride: rows.step * width)
  }
  func keys(_ rows: Rows) -> MatrixView {
    MatrixView(start: packed + rows.start * width + hidden, stride: rows.step * width)
  }
  func values(_ rows: Rows) -> MatrixView {
    MatrixView(start: packed + rows.start * width + 2 * hidden, stride: rows.step * width)
  }
}

/// Attention of some queries of one head.
///
/// For causal attention `firstVisible` is the position of the first query among the keys.
private func attend(
  _ head: Head, queries: Rows, keys: [Rows], firstVisible: Int?,
  _ out: UnsafeMutablePointer<Float>
) {
  let keyCount = keys.reduce(0) { $0 + $1.count }
  let scale = 1 / Float(head.size).squareRoot()
  withScratch(queries.count * keyCount) { scores in
    var column = 0
    for range in keys {
      product(
        rows: queries.count, columns: range.count, inner: head.size, scale: scale,
        head.queries(queries), head.keys(range), .rowsAreColumns, keep: 0, scores + column,
        stride: keyCount)
      column += range.count
    }
    for query in 0..<queries.count {
      let row = scores + query * keyCount
      let visible = firstVisible.map { min(keyCount, $0 + query + 1) } ?? keyCount
      softmax(row, visible)
      for key in visible..<keyCount { row[key] = 0 }
    }
    column = 0
    for range in keys {
      product(
        rows: queries.count, columns: head.size, inner: range.count,
        MatrixView(start: scores + column, stride: keyCount), head.values(range), .asIs,
        keep: column == 0 ? 0 : 1, out + queries.start * head.hidden,
        stride: queries.step * head.hidden)
      column += range.count
    }
  }
}

/// `eˣ / Σ eˣ` in place, with the largest value subtracted first.
@inline(__always)
private func softmax(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
  let largest = maximum(x, count)
  for i in 0..<count { x[i] = exponential(x[i] - largest) }
  let scale = 1 / sum(x, count)
  for i in 0..<count { x[i] *= scale }
}

/// Cuts long groups into tiles of queries whose scores stay in a core's cache.
private func queryTiles(
  _ groups: [AttentionGroup], heads: Int
) -> [(group: Int, queries: Range<Int>)] {
  groups.indices.flatMap { index in
    let group = groups[index]
    let keyCount = max(1, group.keys.reduce(0) { $0 + $1.count })
    let tallest = max(8, 131_072 / keyCount)
    let parts = (group.queries.count + tallest - 1) / tallest
    return (0..<parts).map { (index, share($0, of: parts, total: group.queries.count)) }
  }
}
