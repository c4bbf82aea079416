import MMAudioMedia

extension Spectrogram {
  /// The spectrogram as a PNG: time to the right, frequency upwards, loud is light.
  func png() throws(PictureError) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(decibels.count)
    for band in (0..<Self.bands).reversed() {
      for column in 0..<columns {
        let level = decibels[column * Self.bands + band] / Self.range + 1
        pixels.append(UInt8((level * 255).rounded()))
      }
    }
    return try PictureEncoder.png(pixels, width: columns, palette: ColourMap.palette)
  }
}
