import Testing

@testable import MMAudioKernels

@Suite struct ElementConversionTests {
  private func widened<Stored>(_ values: [Stored], _ type: ElementType) -> [Float] {
    // One byte of lead, so that nothing is aligned.
    var bytes: [UInt8] = [0xFF]
    values.withUnsafeBytes { bytes += $0 }
    return bytes.withUnsafeBytes { buffer in
      Tensor([values.count]) { memory in
        guard let base = buffer.baseAddress else { return }
        widen(base + 1, type, count: values.count, into: memory)
      }.values
    }
  }

  @Test("every half widens as Float16 does")
  func halves() {
    let all = (0...UInt16.max).map { $0 }
    let widened = widened(all, .f16)
    for bits in all {
      let (found, expected) = (widened[Int(bits)], Float(Float16(bitPattern: bits)))
      #expect(found.bitPattern == expected.bitPattern || found.isNaN && expected.isNaN, "\(bits)")
    }
  }

  @Test("integers, doubles, bfloat16 and booleans widen")
  func others() {
    #expect(widened([Int64(-3), 1 << 40], .i64) == [-3, 1_099_511_627_776])
    #expect(widened([Int32(-3), 70_000], .i32) == [-3, 70_000])
    #expect(widened([Int16(-3), 300], .i16) == [-3, 300])
    #expect(widened([Int8(-3), 100], .i8) == [-3, 100])
    #expect(widened([UInt8(3), 200], .u8) == [3, 200])
    #expect(widened([UInt8(0), 1, 2], .bool) == [0, 1, 1])
    #expect(widened([0.1, -2.5], .f64) == [0.1, -2.5])
    #expect(widened([Float(0.1), -2.5], .f32) == [0.1, -2.5])
    #expect(widened([UInt16(0x3FC0), 0xC020], .bf16) == [1.5, -2.5])
  }

  @Test("more values than a block widen", arguments: [0, 1, 262_143, 262_145, 600_001])
  func blocks(count: Int) {
    let values = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    #expect(widened(values, .u8) == values.map { Float($0) })
  }

  @Test("narrowing to half rounds to nearest even, as Float16 does")
  func narrowHalf() {
    var values: [Float] = [0, -0.0, 65_504, 65_519.996, 5.96e-8, 2.98e-8, 2.981e-8, 6.1035e-5]
    for bits in stride(from: UInt32(0), to: 0x4780_0000, by: 4093) {
      values += [Float(bitPattern: bits), -Float(bitPattern: bits)]
    }
    values.removeAll { abs($0) >= 65_520 }
    var narrowed = [UInt16](repeating: 0, count: values.count)
    #expect(narrowToHalf(values, count: values.count, into: &narrowed))
    for (value, half) in zip(values, narrowed) {
      #expect(half == Float16(value).bitPattern, "\(value)")
    }
    #expect(!narrowToHalf([1, 65_520], count: 2, into: &narrowed))
  }

  @Test("narrowing to bfloat16 rounds to nearest even")
  func narrowBrainFloat() {
    let cases: [(UInt32, UInt16)] = [
      (0x3F80_8000, 0x3F80), (0x3F81_8000, 0x3F82), (0x3F80_8001, 0x3F81), (0xBF80_7FFF, 0xBF80),
    ]
    var narrowed = [UInt16](repeating: 0, count: cases.count)
    let values = cases.map { Float(bitPattern: $0.0) }
    #expect(narrowToBrainFloat(values, count: cases.count, into: &narrowed))
    #expect(narrowed == cases.map(\.1))
    #expect(!narrowToBrainFloat([.greatestFiniteMagnitude], count: 1, into: &narrowed))
  }

  @Test("gather follows strides from any start")
  func gatherStrided() {
    let source = (0..<24).map { Float($0) }
    // [4, 3] view of a [3, 8] array: every second column, transposed.
    let expected = (0..<4).flatMap { column in (0..<3).map { Float($0 * 8 + column * 2) } }
    for start in 0...12 {
      var found = [Float](repeating: -1, count: 12 - start)
      gather(
        source, byteCount: 4, shape: [4, 3], strides: [2, 8], elements: start..<12, into: &found)
      #expect(found == Array(expected[start...]))
    }
  }

  @Test("norms sum every element, and scaling reaches every element", arguments: [1, 3, 4, 7, 250])
  func norms(count: Int) {
    var values = (1...count).map { Float($0) }
    let naive = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(euclideanNorm(values, count: count) - naive) <= 1e-12 * naive)
    scale(&values, count: count, by: 0.5)
    #expect(values == (1...count).map { Float($0) / 2 })
  }

  @Test("a single NaN or infinity is seen wherever it is", arguments: [0, 5, 8, 16])
  func finite(position: Int) {
    var values = [Float](repeating: -.greatestFiniteMagnitude, count: 17)
    #expect(allFinite(values, count: 17))
    for bad in [Float.nan, .infinity, -.infinity] {
      values[position] = bad
      #expect(!allFinite(values, count: 17))
    }
  }
}
