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
  @inline(__always)
  func combine(_ channel: Int, _ lanes: Int, _ load: (UnsafePointer<Float>) -> SIMD16<Float>) {
    let values = InlineArray<count, SIMD16<Float>> { load(sources[$0] + channel) }
    for output in 0..<outputs {
      let row = matrix + output &* count
      var sum = values[unchecked: 0] * SIMD16(repeating: row[0])
      for index in 1..<count {
        sum = multiplyAdd(SIMD16(repeating: row[index]), values[unchecked: index], sum)
      }
      write(output, sum, channel, lanes)
    }
  }
  var channel = 0
  while channel &+ 16 <= channels {
    combine(channel, 16) { load16($0) }
    channel &+= 16
  }
  let rest = channels - channel
  if rest > 0 { combine(channel, rest) { load16($0, count: rest) } }
}

/// Sixteen values from memory of any alignment.
@inline(__always)
func load16(_ memory: UnsafePointer<Float>) -> SIMD16<Float> {
  UnsafeRawPointer(memory).loadUnaligned(as: SIMD16<Float>.self)
}

/// Fewer values, zeros behind them.
@inline(__always)
func load16(_ memory: UnsafePointer<Float>, count: Int) -> SIMD16<Float> {
  guard count < 16 else { return load16(memory) }
  var values = SIMD16<Float>()
  for lane in 0..<count { values[lane] = memory[lane] }
  return values
}

/// Stores the first `count` of sixteen values.
@inline(__always)
func store16(_ values: SIMD16<Float>, _ memory: UnsafeMutablePointer<Float>, count: Int) {
  guard count < 16 else {
    UnsafeMutableRawPointer(memory).storeBytes(of: values, as: SIMD16<Float>.self)
    return
  }
  for lane in 0..<count { memory[lane] = values[lane] }
}
