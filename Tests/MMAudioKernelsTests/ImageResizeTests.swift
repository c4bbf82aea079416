import Testing

@testable import MMAudioKernels

@Suite struct ImageResizeTests {
  /// Sizes before and after, and the FNV-1a hash of what PyTorch 2.13 makes of ``noise`` with
  /// `interpolate(x[None].permute(0, 3, 1, 2), (h, w), mode="bicubic", antialias=True)`.
  static let cases: [ResizeCase] = [
    ResizeCase(1, 1, 7, 9, 0xe618_65a8_a60b_ed54),
    ResizeCase(7, 11, 4, 5, 0x4714_6ffc_27ad_0232),
    ResizeCase(9, 8, 250, 1, 0x3506_bc77_401f_6938),
    ResizeCase(250, 7, 8, 250, 0xc9a0_c2e9_5914_35d0),
    ResizeCase(242, 322, 24, 37, 0x9d9b_c865_d752_2272),
    ResizeCase(360, 641, 224, 398, 0xc224_5f83_7ab5_5ccc),
    ResizeCase(64, 64, 64, 64, 0x5125_e60e_d47d_592c),
    ResizeCase(5, 300, 5, 30, 0x2223_ace8_e5b4_aa3e),
  ]

  @Test("the resize is PyTorch's antialiased bicubic on uint8, bit for bit", arguments: cases)
  func matchesTorch(_ example: ResizeCase) {
    let image = noise(example.height, example.width, bytesPerRow: 3 * example.width)
    #expect(fnv(resize(example, image, bytesPerRow: 3 * example.width)) == example.hash)
  }

  @Test("a small image, value by value, as PyTorch 2.13 resizes it")
  func smallImage() {
    let example = Self.cases[1]
    let image = noise(example.height, example.width, bytesPerRow: 3 * example.width)
    #expect(
      resize(example, image, bytesPerRow: 3 * example.width) == [
        68, 78, 120, 103, 120, 59, 89, 169, 142, 124, 107, 101, 61, 143, 82, 158, 141, 53, 103,
        109, 92, 154, 208, 132, 143, 82, 153, 157, 111, 102, 118, 111, 105, 185, 143, 122, 82,
        124, 98, 113, 175, 131, 170, 148, 104, 161, 108, 104, 94, 63, 170, 124, 101, 104, 181,
        118, 90, 98, 150, 130,
      ])
  }

  @Test(
    "the resize agrees with the formula in floating point within two roundings", arguments: cases)
  func matchesFormula(_ example: ResizeCase) {
    let image = noise(example.height, example.width, bytesPerRow: 3 * example.width)
    let found = resize(example, image, bytesPerRow: 3 * example.width)
    let expected = naiveResize(example, image)
    let worst = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
    // Half a step after each pass; the second pass stretches the first error by at most sum |w|.
    #expect(worst < 1.3, "worst \(worst)")
  }

  @Test("bytes between rows are skipped", arguments: cases)
  func paddedRows(_ example: ResizeCase) {
    let padded = 3 * example.width + 13
    let image = noise(example.height, example.width, bytesPerRow: padded)
    #expect(fnv(resize(example, image, bytesPerRow: padded)) == example.hash)
  }

  @Test("a crop holds what the whole resized image holds there", arguments: cases)
  func crops(_ example: ResizeCase) {
    let image = noise(example.height, example.width, bytesPerRow: 3 * example.width)
    let whole = resize(example, image, bytesPerRow: 3 * example.width)
    let rows = (example.toHeight / 3)..<example.toHeight
    let columns = (example.toWidth / 4)..<(example.toWidth - example.toWidth / 3)
    let resizer = ImageResizer(
      inputHeight: example.height, inputWidth: example.width, resizedHeight: example.toHeight,
      resizedWidth: example.toWidth, cropRows: rows, cropColumns: columns)
    var expected: [UInt8] = []
    for plane in 0..<3 {
      for row in rows {
        let start = (plane * example.toHeight + row) * example.toWidth
        expected += whole[(start + columns.lowerBound)..<(start + columns.upperBound)]
      }
    }
    var found: [UInt8] = [1, 2]
    // Twice: the second image must not see the first one's scratch, nor disturb what stands there.
    resizer.append(image.map { 255 - $0 }, bytesPerRow: 3 * example.width, to: &found)
    resizer.append(image, bytesPerRow: 3 * example.width, to: &found)
    #expect(Array(found.prefix(2)) == [1, 2])
    #expect(Array(found.dropFirst(2 + expected.count)) == expected)
  }

  private func resize(_ example: ResizeCase, _ image: [UInt8], bytesPerRow: Int) -> [UInt8] {
    let resizer = ImageResizer(
      inputHeight: example.height, inputWidth: example.width, resizedHeight: example.toHeight,
      resizedWidth: example.toWidth)
    var planes: [UInt8] = []
    resizer.append(image, bytesPerRow: bytesPerRow, to: &planes)
    return planes
  }
}

/// One size to another, with the hash of the outcome.
struct ResizeCase: Sendable, CustomTestStringConvertible {
  let height: Int, width: Int, toHeight: Int, toWidth: Int, hash: UInt64

  init(_ height: Int, _ width: Int, _ toHeight: Int, _ toWidth: Int, _ hash: UInt64) {
    (self.height, self.width, self.toHeight, self.toWidth) = (height, width, toHeight, toWidth)
    self.hash = hash
  }

  var testDescription: String { "\(height)x\(width) to \(toHeight)x\(toWidth)" }
}

/// `[height, width, 3]` bytes of an integer hash of their index, 99 in between rows.
private func noise(_ height: Int, _ width: Int, bytesPerRow: Int) -> [UInt8] {
  var bytes = Array(repeating: UInt8(99), count: height * bytesPerRow)
  for index in 0..<(height * width * 3) {
    var x = UInt32(truncatingIfNeeded: index &* 2_654_435_761)
    x = (x ^ (x >> 15)) &* 2_246_822_519
    bytes[index / (3 * width) * bytesPerRow + index % (3 * width)] = UInt8(x >> 24)
  }
  return bytes
}

/// FNV-1a over bytes.
private func fnv(_ bytes: [UInt8]) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

/// The same resize in `Double`, rounding nowhere but clipping after each pass.
private func naiveResize(_ example: ResizeCase, _ image: [UInt8]) -> [Double] {
  let columns = naiveWeights(example.width, example.toWidth)
  let rows = naiveWeights(example.height, example.toHeight)
  var planes: [Double] = []
  for channel in 0..<3 {
    let narrowed = (0..<example.height).map { y in
      columns.map { weights in
        weights.reduce(0.0) {
          $0 + $1.1 * Double(image[(y * example.width + $1.0) * 3 + channel])
        }.clipped
      }
    }
    for weights in rows {
      for x in 0..<example.toWidth {
        planes.append(weights.reduce(0.0) { $0 + $1.1 * narrowed[$1.0][x] }.clipped)
      }
    }
  }
  return planes
}

/// Index and weight of every input that an output takes, for all outputs.
private func naiveWeights(_ size: Int, _ resized: Int) -> [[(Int, Double)]] {
  let scale = Double(size) / Double(resized)
  let stretch = max(scale, 1)
  return (0..<resized).map { output in
    let center = scale * (Double(output) + 0.5)
    let inputs = (0..<size).filter { abs(Double($0) + 0.5 - center) < 2 * stretch }
    let weights = inputs.map { input -> Double in
      let x = abs(Double(input) + 0.5 - center) / stretch
      return x < 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2
    }
    let total = weights.reduce(0, +)
    return zip(inputs, weights).map { ($0, $1 / total) }
  }
}

extension Double {
  fileprivate var clipped: Double { min(max(self, 0), 255) }
}
