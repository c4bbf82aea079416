// Branch-free single-precision functions of sixteen values at a time, the widest vectors there are;
// narrower machines take two or four. Calls into libm would be a function call for every value.

internal import CMachine

/// `a · b + c`, in one operation where the machine that is built for has it.
@inline(__always)
func multiplyAdd(
  _ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>
) -> SIMD16<Float> {
  mmaudio_vector_lanes() == 0 ? a * b + c : c.addingProduct(a, b)
}

/// `x · (… (x · (x · c0 + c1) + c2) …) + …`, by Horner's rule, the highest power's coefficient first.
@inline(__always)
private func polynomial<let count: Int>(
  _ x: SIMD16<Float>, _ coefficients: InlineArray<count, Float>
) -> SIMD16<Float> {
  var sum = SIMD16<Float>(repeating: coefficients[0])
  for index in 1..<count {
    sum = multiplyAdd(sum, x, SIMD16(repeating: coefficients[index]))
  }
  return sum
}

/// Adding this to small floats and subtracting it again rounds to the nearest integers.
private let roundingMagic: Float = 12_582_912  // 1.5 * 2^23

/// `e^x` within 2 ulp for x in [-87, 87]; clamped outside, so that neither the result nor its inverse
/// is infinite or denormal: arithmetic on denormals is a hundred times slower.
///
/// Range reduction to `x = n ln 2 + r`, then the degree-7 polynomial of Cephes' `expf`.
@inline(__always)
func exponential(_ x: SIMD16<Float>) -> SIMD16<Float> {
  let clamped = clamp(x, -87, 87)
  let shifted = multiplyAdd(
    clamped, SIMD16(repeating: 1.442_695_04), SIMD16(repeating: roundingMagic))
  let n = shifted - roundingMagic
  let r = multiplyAdd(
    n, SIMD16(repeating: 2.121_944_4e-4),
    multiplyAdd(n, SIMD16(repeating: -0.693_359_375), clamped))
  let p = polynomial(
    r, [1.987_569_15e-4, 1.398_199_95e-3, 8.333_451_9e-3, 4.166_579_6e-2, 1.666_666_55e-1, 0.5])
  let value = multiplyAdd(p * r, r, r) + 1
  // The low bits of `shifted` hold n; moved to the exponent field they scale by 2^n.
  let bits = unsafeBitCast(shifted, to: SIMD16<UInt32>.self)
  return value * unsafeBitCast((bits &+ 127) &<< 23, to: SIMD16<Float>.self)
}

/// `sin²(x)` with absolute error below 4e-7 for |x| < 3000.
///
/// sin² has period π: x is reduced to [-π/2, π/2], where a degree-9 minimax polynomial gives the
/// sine to 3.4e-9.
@inline(__always)
func sineSquared(_ x: Float) -> Float {
  let q = (x * 0.318_309_886 + roundingMagic) - roundingMagic
  let r = (x - q * 3.140_625) - q * 9.676_535_9e-4
  let y = r * r
  var p: Float = 2.590_463_5e-6
  p = p * y - 1.980_088_6e-4
  p = p * y + 8.332_899_8e-3
  p = p * y - 1.666_664_78e-1
  p = p * y + 1
  return y * p * p
}

/// The error function with absolute error below 6e-7.
///
/// Abramowitz and Stegun, 7.1.26: `1 - (a1 t + … + a5 t⁵) e^(-x²)`, `t = 1 / (1 + 0.3275911 |x|)`.
@inline(__always)
func errorFunction(_ x: SIMD16<Float>) -> SIMD16<Float> {
  let bits = unsafeBitCast(x, to: SIMD16<UInt32>.self)
  let magnitude = unsafeBitCast(bits & 0x7FFF_FFFF, to: SIMD16<Float>.self)
  let t = 1 / multiplyAdd(magnitude, SIMD16(repeating: 0.327_591_1), SIMD16(repeating: 1))
  let p =
    t
    * polynomial(
      t, [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592])
  // Below e^-80 nothing is left of it, and no denormals appear.
  let value = 1 - p * exponential(clamp(-x * x, -80, 0))
  let sign = bits & 0x8000_0000
  return unsafeBitCast(
    unsafeBitCast(value, to: SIMD16<UInt32>.self) | sign, to: SIMD16<Float>.self)
}

/// `1 / (1 + e^-x)`.
@inline(__always)
func sigmoid(_ x: SIMD16<Float>) -> SIMD16<Float> { 1 / (1 + exponential(-x)) }

/// Every value moved into `[lowest, highest]`.
@inline(__always)
func clamp(_ x: SIMD16<Float>, _ lowest: Float, _ highest: Float) -> SIMD16<Float> {
  let raised = x.replacing(with: lowest, where: x .< lowest)
  return raised.replacing(with: highest, where: raised .> highest)
}

/// Replaces `count` values by what `body` makes of sixteen of them at a time.
@inline(__always)
func mapLanes(
  _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int,
  _ body: (SIMD16<Float>) -> SIMD16<Float>
) {
  var index = 0
  while index &+ 16 <= count {
    store16(body(load16(input + index)), output + index, count: 16)
    index &+= 16
  }
  let rest = count - index
  if rest > 0 { store16(body(load16(input + index, count: rest)), output + index, count: rest) }
}

/// Sum of what `body` makes of `count` values, sixteen at a time.
@inline(__always)
private func sumLanes(
  _ x: UnsafePointer<Float>, _ count: Int, _ body: (SIMD16<Float>) -> SIMD16<Float>
) -> Float {
  var lanes = SIMD16<Float>()
  var index = 0
  while index &+ 16 <= count {
    lanes += body(load16(x + index))
    index &+= 16
  }
  var total = lanes.sum()
  let rest = count - index
  if rest > 0 {
    let last = body(load16(x + index, count: rest))
    for lane in 0..<rest { total += last[lane] }
  }
  return total
}

/// Sum of `count` values.
@inline(__always)
func sum(_ x: UnsafePointer<Float>, _ count: Int) -> Float { sumLanes(x, count) { $0 } }

/// Sum of the squares of `x - center`.
@inline(__always)
func sumOfSquares(_ x: UnsafePointer<Float>, _ count: Int, center: Float = 0) -> Float {
  sumLanes(x, count) { ($0 - center) * ($0 - center) }
}

/// The largest of `count` values.
@inline(__always)
func maximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var lanes = SIMD16<Float>(repeating: x[0])
  var index = 0
  while index &+ 16 <= count {
    let next = load16(x + index)
    lanes.replace(with: next, where: next .> lanes)
    index &+= 16
  }
  var largest = lanes.max()
  while index < count {
    largest = max(largest, x[index])
    index += 1
  }
  return largest
}
