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

  /// The next unsigned integer, or nothing if there are too few bytes.
  mutating func unsigned<Value: FixedWidthInteger & UnsignedInteger>(_: Value.Type) -> Value? {
    guard let bytes = take(MemoryLayout<Value>.size) else { return nil }
    return bytes.reversed().reduce(0) { $0 << 8 | Value($1) }
  }

  /// The next unsigned integer as a size, or nothing if it is too large or not there.
  mutating func size<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type) -> Int? {
    unsigned(type).flatMap { Int(exactly: $0) }
  }
}
