/// Which of the eight ways to lay a picture down makes it upright.
///
/// The reference ignores this metadata and shows phone clips lying on their side.
struct Orientation: Equatable, Sendable {
  /// Rows become columns; the flips apply to what comes out.
  var transposed = false
  /// Left and right are exchanged.
  var flippedX = false
  /// Top and bottom are exchanged.
  var flippedY = false

  /// As stored.
  static let upright = Orientation()

  /// Reads a display matrix `a b u, c d v, x y w` (ISO 14496-12, 8.3.2), which takes `(p, q)` to
  /// `(a p + c q + x, b p + d q + y)`; other angles count as the nearest quarter turn.
  init(displayMatrix matrix: [Int32]) {
    precondition(matrix.count == 9, "Orientation: \(matrix.count) values, expected 9")
    let (a, b, c, d) = (Int(matrix[0]), Int(matrix[1]), Int(matrix[3]), Int(matrix[4]))
    transposed = abs(b) + abs(c) > abs(a) + abs(d)
    flippedX = (transposed ? c : a) < 0
    flippedY = (transposed ? b : d) < 0
  }

  init(transposed: Bool = false, flippedX: Bool = false, flippedY: Bool = false) {
    self.transposed = transposed
    self.flippedX = flippedX
    self.flippedY = flippedY
  }

  /// Writes `stored` the right way up into `upright`.
  func apply(to stored: RGBFrame, into upright: inout RGBFrame) {
    upright.resize(
      width: transposed ? stored.height : stored.width,
      height: transposed ? stored.width : stored.height)
    let (width, height) = (upright.width, upright.height)
    let across = transposed ? stored.bytesPerRow : 3
    let down = transposed ? 3 : stored.bytesPerRow
    let stepX = flippedX ? -across : across
    let stepY = flippedY ? -down : down
    let origin = (flippedX ? (width - 1) * across : 0) + (flippedY ? (height - 1) * down : 0)
    let bytesPerRow = upright.bytesPerRow
    // Tiles keep both sides of a transposition in the cache.
    let tile = 32
    for top in stride(from: 0, to: height, by: tile) {
      for left in stride(from: 0, to: width, by: tile) {
        for y in top..<min(top + tile, height) {
          var source = origin + y * stepY + left * stepX
          var target = y * bytesPerRow + 3 * left
          for _ in left..<min(left + tile, width) {
            upright.bytes[target] = stored.bytes[source]
            upright.bytes[target + 1] = stored.bytes[source + 1]
            upright.bytes[target + 2] = stored.bytes[source + 2]
            source += stepX
            target += 3
          }
        }
      }
    }
  }
}
