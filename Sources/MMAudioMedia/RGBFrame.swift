/// One picture as 8-bit RGB, upright.
public struct RGBFrame: Sendable, Equatable {
  /// Pixels across.
  public private(set) var width: Int
  /// Pixels down.
  public private(set) var height: Int
  /// Distance between the starts of two rows, at least `3 * width`.
  public private(set) var bytesPerRow: Int
  /// `[height, width, 3]` in rows of `bytesPerRow`, which may be followed by more bytes.
  public internal(set) var bytes: [UInt8]

  /// An empty picture, to be resized.
  init() {
    (width, height, bytesPerRow, bytes) = (0, 0, 0, [])
  }

  /// Makes room for another size; the bytes are undefined afterwards.
  mutating func resize(width: Int, height: Int) {
    guard width != self.width || height != self.height else { return }
    self.width = width
    self.height = height
    // swscale writes whole vectors: rows are padded as FFmpeg pads its own, and so is the end.
    bytesPerRow = (3 * width + 63) / 64 * 64
    bytes = Array(repeating: 0, count: bytesPerRow * height + 64)
  }
}
