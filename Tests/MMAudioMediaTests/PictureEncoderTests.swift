import Testing

@testable import MMAudioMedia

@Suite struct PictureEncoderTests {
  @Test("a PNG has every pixel's colour exactly")
  func png() throws {
    let palette: [UInt32] = (0..<256).map { 0x010203 &* $0 ^ 0x5A00FF }
    let (width, height) = (37, 19)
    let indices = (0..<width * height).map { UInt8(truncatingIfNeeded: $0 &* 89) }
    let bytes = try PictureEncoder.png(indices, width: width, palette: palette)
    let picture = try decoded(bytes, as: "a.png")
    #expect(picture.width == width && picture.height == height)
    for (index, number) in indices.enumerated() {
      let colour = palette[Int(number)]
      let at = index / width * picture.bytesPerRow + 3 * (index % width)
      #expect(
        Array(picture.bytes[at..<at + 3])
          == [16, 8, 0].map { UInt8(truncatingIfNeeded: colour >> $0) }, "pixel \(index)")
    }
  }

  @Test("a JPEG has the picture's colours in another size")
  func jpeg() throws {
    var picture = RGBFrame()
    picture.resize(width: 301, height: 200)
    for row in 0..<200 {
      for column in 0..<301 {
        let colour: [UInt8] = column < 150 ? [200, 40, 40] : [30, 60, 220]
        picture.bytes.replaceSubrange(
          row * picture.bytesPerRow + 3 * column..<row * picture.bytesPerRow + 3 * column + 3,
          with: colour)
      }
    }
    let small = try decoded(PictureEncoder.jpeg(picture, width: 75, height: 51), as: "a.jpg")
    #expect(small.width == 75 && small.height == 51)
    for (column, colour) in [(10, [200, 40, 40]), (64, [30, 60, 220])] {
      let at = 25 * small.bytesPerRow + 3 * column
      for (found, expected) in zip(small.bytes[at..<at + 3], colour) {
        #expect(abs(Int(found) - expected) <= 6, "column \(column)")
      }
    }
  }

  @Test("an encoder that FFmpeg lacks is named")
  func missing() {
    #expect(
      "\(PictureError.refused(encoder: "png", reason: "it lacks the encoder"))"
        == "this FFmpeg cannot write pictures with png (it lacks the encoder), expected one that "
        + "does; install another, or leave out --report")
  }

  /// The one picture of a file.
  private func decoded(_ bytes: [UInt8], as name: String) throws -> RGBFrame {
    var picture: RGBFrame?
    try withFolder { folder in
      try write(bytes, to: "\(folder)/\(name)")
      let reader = try VideoReader(path: "\(folder)/\(name)")
      #expect(reader.isStillImage)
      try reader.readFrames(rates: [1], until: 0) { frame, _ in picture = frame }
    }
    return try #require(picture)
  }
}
