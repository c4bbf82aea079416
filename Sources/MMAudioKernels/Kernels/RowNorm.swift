/// Whether none of `count` values is infinite or NaN.
public func allFinite(_ values: UnsafePointer<Float>, count: Int) -> Bool {
  var largest: UInt32 = 0
  for index in 0..<count { largest = max(largest, values[index].bitPattern & 0x7FFF_FFFF) }
  return largest < 0x7F80_0000
}

/// Euclidean length of `count` values, accumulated in double precision.
public func euclideanNorm(_ values: UnsafePointer<Float>, count: Int) -> Double {
  // Four sums, because one would wait for each addition to finish.
  var sums = SIMD4<Double>()
  let whole = count & ~3
  for index in stride(from: 0, to: whole, by: 4) {
    let four = SIMD4<Double>(
      Double(values[index]), Double(values[index + 1]), Double(values[index + 2]),
      Double(values[index + 3]))
    sums += four * four
  }
  var sum = sums.sum()
  for index in whole..<count { sum += Double(values[index]) * Double(values[index]) }
  return sum.squareRoot()
}

/// Multiplies `count` values by `factor` in double precision, in place.
public func scale(_ values: UnsafeMutablePointer<Float>, count: Int, by factor: Double) {
  for index in 0..<count { values[index] = Float(Double(values[index]) * factor) }
}
