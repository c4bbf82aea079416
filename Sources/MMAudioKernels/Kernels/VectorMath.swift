// Branch-free single-precision functions of sixteen values at a time, the widest vectors there are;
// narrower machines take two or four. Calls into libm would be a function call for every value. Here
// `a * b + c` is written out: the choice inside `multiplyAdd` keeps functions of many from being inlined,
// and called ones take their vectors in pieces.

internal import CMachine

/// `a · b + c`, in one operation where the machine that is built for has it.
@inline(__always)
func multiplyAdd(
  _ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>
) -> SIMD16<Float> {
  mmaudio_vector_lanes() == 0 ? a * b + c : c.addingProduct(a, b)
}

/// Adding this to small floats and subtracting it again rounds to the nearest integers.
@inline(__always) private var roundingMagic: Float { 12_582_912 }  // 1.5 * 2^23

/// `e^x` within 2 ulp for x in [-80, 80]; clamped outside, so that neither the result, nor its inverse,
/// nor what callers multiply it by is infinite or denormal: arithmetic on denormals is a hundred times
/// slower.
///
/// Range reduction to `x = n ln 2 + r`, then the degree-7 polynomial of Cephes' `expf`.
@inline(__always)
func exponential(_ x: SIMD16<Float>) -> SIMD16<Float> {
  let clamped = clamp(x, -80, 80)
  let shifted = clamped * 1.442_695_04 + roundingMagic
  let n = shifted - roundingMagic
  let r = (clamped - n * 0.693_359_375) + n * 2.121_944_4e-4
  var p = r * 1.987_569_15e-4 + 1.398_199_95e-3
  p = p * r + 8.333_451_9e-3
  p = p * r + 4.166_579_6e-2
  p = p * r + 1.666_666_55e-1
  p = p * r + 0.5
  let value = p * r * r + r + 1
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
  let t = 1 / (magnitude * 0.327_591_1 + 1)
  var p = t * 1.061_405_429 - 1.453_152_027
  p = p * t + 1.421_413_741
  p = p * t - 0.284_496_736
  p = (p * t + 0.254_829_592) * t
  let value = 1 - p * exponential(-x * x)
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

/// Writes a function of `count` values, which may be replaced.
@inline(__always)
func mapLanes<Function: LaneFunction>(
  _: Function.Type, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  var index = 0
  while index < count {
    let lanes = min(16, count &- index)
    store16(Function.of(load16(input + index, count: lanes)), output + index, count: lanes)
    index &+= 16
  }
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
  while index < count {
    total += body(SIMD16(repeating: x[index]))[0]
    index &+= 1
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
