/// Reads little-endian integers from bytes, with every position checked.
struct LittleEndianReader {
  private let bytes: ArraySlice<UInt8>
  /// Where the next value starts.
  private(set) var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// Bytes that are left.
  var remaining: Int { bytes.endIndex - position }

  /// The next `count` bytes, or nothing if there are fewer.
  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= remaining else { return nil }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// The next unsigned integer of `byteCount` bytes, at most 8, or nothing if there are fewer.
  mutating func unsigned(_ byteCount: Int) -> UInt64? {
    guard byteCount <= remaining else { return nil }
    var value: UInt64 = 0
    for index in 0..<byteCount {
      value |= UInt64(bytes[position &+ index]) &<< UInt64(8 &* index)
    }
    position += byteCount
    return value
  }

  /// The next unsigned integer as a size, or nothing if it is too large or not there.
  mutating func size(_ byteCount: Int) -> Int? {
    unsigned(byteCount).flatMap { Int(exactly: $0) }
  }
}
