import MMAudioKernels

/// The different rows of a table, each once, and which of them every row was.
///
/// Sync features without a video repeat with the period of a segment away from the ends, so that of
/// 192 rows some two dozen differ; what is computed a row need not be computed again.
struct DistinctRows: Sendable {
  /// `[distinct, width]`, in order of first appearance.
  let rows: Tensor
  /// For every row of the table, its place in `rows`.
  let rowOfToken: [Int]

  /// Compares the rows of `[rows, width]` bit for bit.
  init(_ table: Tensor) {
    let width = table.shape[1]
    let bits = table.values.map(\.bitPattern)
    var places: [ArraySlice<UInt32>: Int] = [:]
    var first: [Int] = []
    rowOfToken = (0..<table.shape[0]).map { row in
      let key = bits[row * width..<(row + 1) * width]
      if let place = places[key] { return place }
      places[key] = first.count
      first.append(row)
      return first.count - 1
    }
    rows = gatherRows(table, first)
  }
}
