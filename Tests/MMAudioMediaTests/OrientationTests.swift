import Testing

@testable import MMAudioMedia

@Suite struct OrientationTests {
  /// The eight matrices of ±1 and 0 with one entry a row and column, as `a, b, c, d`.
  static let matrices: [[Int32]] = [
    [1, 0, 0, 1], [-1, 0, 0, 1], [1, 0, 0, -1], [-1, 0, 0, -1],
    [0, 1, 1, 0], [0, 1, -1, 0], [0, -1, 1, 0], [0, -1, -1, 0],
  ]

  @Test("each pixel goes where the display matrix says", arguments: matrices, [(5, 3), (40, 70)])
  func movesPixels(_ matrix: [Int32], _ size: (width: Int, height: Int)) {
    var stored = RGBFrame()
    stored.resize(width: size.width, height: size.height)
    for index in stored.bytes.indices {
      stored.bytes[index] = UInt8(truncatingIfNeeded: index &* 7)
    }
    var upright = RGBFrame()
    let orientation = Orientation(
      displayMatrix: [
        matrix[0] << 16, matrix[1] << 16, 0, matrix[2] << 16, matrix[3] << 16, 0, 0, 0, 1 << 30,
      ])
    orientation.apply(to: stored, into: &upright)
    let entries = matrix.map(Int.init)
    var misplaced = 0
    for y in 0..<stored.height {
      for x in 0..<stored.width {
        // The product, moved so that the smallest coordinate is 0.
        var toX = entries[0] * x + entries[2] * y
        var toY = entries[1] * x + entries[3] * y
        if entries[0] + entries[2] < 0 { toX += upright.width - 1 }
        if entries[1] + entries[3] < 0 { toY += upright.height - 1 }
        let from = y * stored.bytesPerRow + 3 * x
        let to = toY * upright.bytesPerRow + 3 * toX
        if stored.bytes[from..<(from + 3)] != upright.bytes[to..<(to + 3)] { misplaced += 1 }
      }
    }
    #expect(misplaced == 0)
  }

  @Test("an angle between quarter turns counts as the nearest")
  func nearestQuarterTurn() {
    // cos and sin of 80 degrees, clockwise.
    let turned = Orientation(displayMatrix: [11380, 64540, 0, -64540, 11380, 0, 0, 0, 1 << 30])
    #expect(turned == Orientation(transposed: true, flippedX: true))
    #expect(Orientation(displayMatrix: Array(repeating: 0, count: 9)) == .upright)
    let extreme = Orientation(displayMatrix: Array(repeating: .min, count: 9))
    #expect(extreme == Orientation(flippedX: true, flippedY: true))
  }
}
