/// How a weight file stores one value; the raw value is safetensors' name for it.
public enum ElementType: String, Sendable, CaseIterable {
  /// IEEE double.
  case f64 = "F64"
  /// IEEE single.
  case f32 = "F32"
  /// IEEE half.
  case f16 = "F16"
  /// The upper half of an IEEE single.
  case bf16 = "BF16"
  /// Signed 64-bit integer.
  case i64 = "I64"
  /// Signed 32-bit integer.
  case i32 = "I32"
  /// Signed 16-bit integer.
  case i16 = "I16"
  /// Signed 8-bit integer.
  case i8 = "I8"
  /// Unsigned 8-bit integer.
  case u8 = "U8"
  /// One byte, 0 or 1.
  case bool = "BOOL"

  /// Bytes of one value.
  public var byteCount: Int {
    switch self {
    case .f64, .i64: 8
    case .f32, .i32: 4
    case .f16, .bf16, .i16: 2
    case .i8, .u8, .bool: 1
    }
  }
}
