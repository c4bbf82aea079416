/// Values one thread converts at a time: large enough to hide the hand-over, small enough to share.
private let blockSize = 1 << 18

/// Widens stored little-endian values to `Float`; integers and doubles round to nearest even.
///
/// - Parameters:
///   - source: `count` values of `type`, at any alignment
///   - type: how they are stored
///   - count: number of values
///   - destination: `count` floats, written; must not overlap `source`
public func widen(
  _ source: UnsafeRawPointer, _ type: ElementType, count: Int,
  into destination: UnsafeMutablePointer<Float>
) {
  // Safe: blocks do not overlap, and both memories outlive parallelFor.
  parallelFor((count + blockSize - 1) / blockSize) { block in
    let start = block * blockSize
    widenBlock(
      source + start * type.byteCount, type, count: min(blockSize, count - start),
      into: destination + start)
  }
}

private func widenBlock(
  _ source: UnsafeRawPointer, _ type: ElementType, count: Int,
  into destination: UnsafeMutablePointer<Float>
) {
  switch type {
  case .f32:
    UnsafeMutableRawPointer(destination).copyMemory(from: source, byteCount: count * 4)
  case .f16: widenEach(source, count, destination) { (bits: UInt16) in float(half: bits) }
  case .bf16:
    widenEach(source, count, destination) { (bits: UInt16) in
      Float(bitPattern: UInt32(bits) << 16)
    }
  case .f64: widenEach(source, count, destination) { (value: Double) in Float(value) }
  case .i64: widenEach(source, count, destination) { (value: Int64) in Float(value) }
  case .i32: widenEach(source, count, destination) { (value: Int32) in Float(value) }
  case .i16: widenEach(source, count, destination) { (value: Int16) in Float(value) }
  case .i8: widenEach(source, count, destination) { (value: Int8) in Float(value) }
  case .u8: widenEach(source, count, destination) { (value: UInt8) in Float(value) }
  case .bool: widenEach(source, count, destination) { (value: UInt8) in value == 0 ? 0 : 1 }
  }
}

@inline(__always)
private func widenEach<Stored: BitwiseCopyable>(
  _ source: UnsafeRawPointer, _ count: Int, _ destination: UnsafeMutablePointer<Float>,
  _ convert: (Stored) -> Float
) {
  let stride = MemoryLayout<Stored>.size
  for index in 0..<count {
    destination[index] = convert(
      source.loadUnaligned(fromByteOffset: index * stride, as: Stored.self))
  }
}

/// IEEE half to single without `Float16`, whose conversion is a library call on baseline x86-64.
@inline(__always)
private func float(half: UInt16) -> Float {
  let magnitude = UInt32(half & 0x7FFF) << 13
  // 2^112 moves the exponent bias from 15 to 127, and makes subnormal halves normal.
  let scaled = (Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)).bitPattern
  let isFinite = magnitude < 0x0F80_0000
  return Float(
    bitPattern: (isFinite ? scaled : magnitude | 0x7F80_0000) | UInt32(half & 0x8000) << 16)
}

/// Narrows finite floats to half precision, rounding to nearest even.
///
/// - Parameters:
///   - source: `count` finite values
///   - count: number of values
///   - destination: `count` halves, written as bit patterns
/// - Returns: whether every value fits, that is, rounds to something below infinity.
public func narrowToHalf(
  _ source: UnsafePointer<Float>, count: Int, into destination: UnsafeMutablePointer<UInt16>
) -> Bool {
  var largest: UInt32 = 0
  for index in 0..<count {
    let bits = source[index].bitPattern
    let magnitude = bits & 0x7FFF_FFFF
    // Normal halves: round at bit 13, then move the bias from 127 to 15.
    let normal = (magnitude &+ 0xFFF &+ (magnitude >> 13 & 1)) >> 13 &- (112 << 10)
    // Subnormal halves: adding 0.5 leaves the rounded multiple of 2^-24 in the low bits.
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- Float(0.5).bitPattern
    let half = magnitude < 113 << 23 ? subnormal : normal
    largest = max(largest, half)
    destination[index] = UInt16(truncatingIfNeeded: half | bits >> 16 & 0x8000)
  }
  return largest < 0x7C00
}

/// Narrows finite floats to bfloat16, rounding to nearest even.
///
/// - Parameters:
///   - source: `count` finite values
///   - count: number of values
///   - destination: `count` values, written as bit patterns
/// - Returns: whether every value fits, that is, rounds to something below infinity.
public func narrowToBrainFloat(
  _ source: UnsafePointer<Float>, count: Int, into destination: UnsafeMutablePointer<UInt16>
) -> Bool {
  var largest: UInt32 = 0
  for index in 0..<count {
    let bits = source[index].bitPattern
    let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
    largest = max(largest, rounded & 0x7FFF)
    destination[index] = UInt16(truncatingIfNeeded: rounded)
  }
  return largest < 0x7F80
}

/// Copies `elements` of a strided array, counted in row-major order of `shape`, to dense memory.
///
/// - Parameters:
///   - source: the value at index `[0, 0, …]`; every index of `shape` must be readable
///   - byteCount: bytes of one value: 1, 2, 4 or 8
///   - shape: sizes of the axes, outermost first
///   - strides: distance between neighbours along each axis, in values, not negative
///   - elements: which values
///   - destination: `elements.count * byteCount` bytes, written
public func gather(
  _ source: UnsafeRawPointer, byteCount: Int, shape: [Int], strides: [Int],
  elements: Range<Int>, into destination: UnsafeMutableRawPointer
) {
  precondition(shape.count == strides.count, "gather: \(shape) has strides \(strides)")
  var index = [Int](repeating: 0, count: shape.count)
  var rest = elements.lowerBound
  for axis in shape.indices.reversed() where shape[axis] > 0 {
    index[axis] = rest % shape[axis]
    rest /= shape[axis]
  }
  var position = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
  for element in 0..<elements.count {
    (destination + element * byteCount).copyMemory(
      from: source + position * byteCount, byteCount: byteCount)
    for axis in shape.indices.reversed() {
      index[axis] += 1
      position += strides[axis]
      if index[axis] < shape[axis] { break }
      position -= index[axis] * strides[axis]
      index[axis] = 0
    }
  }
}
