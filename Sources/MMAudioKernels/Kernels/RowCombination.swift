/// Sums of rows, each times a number: what both transforms of a minimal filter are, channel by channel.
///
/// - Parameters:
///   - sources: rows of `channels` values
///   - matrix: `[outputs, count]`
///   - outputs: how many sums
///   - channels: length of a row
///   - write: takes sum `output` of up to 16 channels, their first, and how many they are
@inline(__always)
func combineRows<let count: Int>(
  _ sources: InlineArray<count, UnsafePointer<Float>>, _ matrix: UnsafePointer<Float>,
  outputs: Int, channels: Int, _ write: (Int, SIMD16<Float>, Int, Int) -> Void
) {
  var channel = 0
  // One call of `write`, so that it is compiled into the loop: passed to a function, vectors are split.
  while channel < channels {
    let lanes = min(16, channels &- channel)
    let values = InlineArray<count, SIMD16<Float>> {
      load16(sources[$0] + channel, count: lanes)
    }
    for output in 0..<outputs {
      let row = matrix + output &* count
      var sum = values[unchecked: 0] * SIMD16(repeating: row[0])
      for index in 1..<count {
        sum = multiplyAdd(SIMD16(repeating: row[index]), values[unchecked: index], sum)
      }
      write(output, sum, channel, lanes)
    }
    channel &+= 16
  }
}

/// Sixteen values from memory of any alignment.
@inline(__always)
func load16(_ memory: UnsafePointer<Float>) -> SIMD16<Float> {
  UnsafeRawPointer(memory).loadUnaligned(as: SIMD16<Float>.self)
}

/// Fewer values, zeros behind them.
@inline(__always)
func load16(_ memory: UnsafePointer<Float>, count: Int) -> SIMD16<Float> {
  if count >= 16 { return load16(memory) }
  var values = SIMD16<Float>()
  withUnsafeMutableBytes(of: &values) { copySome(memory, $0.baseAddress, count) }
  return values
}

/// Stores the first `count` of sixteen values.
@inline(__always)
func store16(_ values: SIMD16<Float>, _ memory: UnsafeMutablePointer<Float>, count: Int) {
  guard count < 16 else {
    UnsafeMutableRawPointer(memory).storeBytes(of: values, as: SIMD16<Float>.self)
    return
  }
  withUnsafeBytes(of: values) { copySome($0.baseAddress, memory, count) }
}

/// Copies `count` floats.
///
/// A function of its own, because the compiler stops inlining into callers that grow too large; by
/// addresses, because vectors handed to functions are split, and then stay so in the caller.
@inline(never)
private func copySome(
  _ source: UnsafeRawPointer?, _ target: UnsafeMutableRawPointer?, _ count: Int
) {
  guard let source, let target else { return }
  target.copyMemory(from: source, byteCount: 4 * count)
}
