/// Sixteen stored values at a time, widened to floats.
protocol StoredLanes {
  /// Bytes of one value.
  static var byteCount: Int { get }
  /// Sixteen values from memory of any alignment.
  static func load(_ memory: UnsafeRawPointer) -> SIMD16<Float>
  /// One value from memory of any alignment.
  static func load1(_ memory: UnsafeRawPointer) -> Float
}

/// IEEE single.
enum SingleLanes: StoredLanes {
  static var byteCount: Int { 4 }

  @inline(__always)
  static func load(_ memory: UnsafeRawPointer) -> SIMD16<Float> {
    memory.loadUnaligned(as: SIMD16<Float>.self)
  }

  @inline(__always)
  static func load1(_ memory: UnsafeRawPointer) -> Float { memory.loadUnaligned(as: Float.self) }
}

/// bfloat16: the upper half of a single.
enum BrainFloatLanes: StoredLanes {
  static var byteCount: Int { 2 }

  @inline(__always)
  static func load(_ memory: UnsafeRawPointer) -> SIMD16<Float> {
    let bits = SIMD16<UInt32>(
      truncatingIfNeeded: memory.loadUnaligned(as: SIMD16<UInt16>.self))
    return unsafeBitCast(bits &<< 16, to: SIMD16<Float>.self)
  }

  @inline(__always)
  static func load1(_ memory: UnsafeRawPointer) -> Float {
    Float(bitPattern: UInt32(memory.loadUnaligned(as: UInt16.self)) << 16)
  }
}

/// IEEE half, finite as the converter stores it, without `Float16`, whose conversion is a library call
/// on baseline x86-64.
enum HalfLanes: StoredLanes {
  static var byteCount: Int { 2 }

  @inline(__always)
  static func load(_ memory: UnsafeRawPointer) -> SIMD16<Float> {
    let bits = SIMD16<UInt32>(
      truncatingIfNeeded: memory.loadUnaligned(as: SIMD16<UInt16>.self))
    let magnitude = unsafeBitCast((bits & 0x7FFF) &<< 13, to: SIMD16<Float>.self)
    // 2^112 moves the exponent bias from 15 to 127, and makes subnormal halves normal.
    let scaled = unsafeBitCast(
      magnitude * Float(bitPattern: 0x7780_0000), to: SIMD16<UInt32>.self)
    return unsafeBitCast(scaled | (bits & 0x8000) &<< 16, to: SIMD16<Float>.self)
  }

  @inline(__always)
  static func load1(_ memory: UnsafeRawPointer) -> Float {
    let bits = UInt32(memory.loadUnaligned(as: UInt16.self))
    let scaled = Float(bitPattern: (bits & 0x7FFF) << 13) * Float(bitPattern: 0x7780_0000)
    return Float(bitPattern: scaled.bitPattern | (bits & 0x8000) << 16)
  }
}
