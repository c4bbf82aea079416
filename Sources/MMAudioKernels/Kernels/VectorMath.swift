// Branch-free single-precision functions. They are written for one value and inlined into loops
// over contiguous memory, where the compiler turns them into vector code; calls into libm would
// stop it from doing so. `a * b + c` is left to the compiler: an explicit fused multiply-add is a
// library call on baseline x86-64.

internal import CMachine

/// `a · b + c`, in one operation where the machine that is built for has it.
@inline(__always)
func multiplyAdd(
  _ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>
) -> SIMD16<Float> {
  mmaudio_vector_lanes() == 0 ? a * b + c : c.addingProduct(a, b)
}

/// Adding this to a small float and subtracting it again rounds to the nearest integer.
private let roundingMagic: Float = 12_582_912  // 1.5 * 2^23

/// `e^x` within 2 ulp for x in [-87, 87]; clamped outside, so that neither the result nor its inverse
/// is infinite or denormal: arithmetic on denormals is a hundred times slower.
///
/// Range reduction to `x = n ln 2 + r`, then the degree-7 polynomial of Cephes' `expf`.
@inline(__always)
func exponential(_ x: Float) -> Float {
  let clamped = min(max(x, -87), 87)
  let shifted = clamped * 1.442_695_04 + roundingMagic
  let n = shifted - roundingMagic
  let r = (clamped - n * 0.693_359_375) + n * 2.121_944_4e-4
  var p: Float = 1.987_569_15e-4
  p = p * r + 1.398_199_95e-3
  p = p * r + 8.333_451_9e-3
  p = p * r + 4.166_579_6e-2
  p = p * r + 1.666_666_55e-1
  p = p * r + 0.5
  p = p * r * r + r + 1
  // The low bits of `shifted` hold n; moved to the exponent field they scale by 2^n.
  return p * Float(bitPattern: (shifted.bitPattern &+ 127) &<< 23)
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
func errorFunction(_ x: Float) -> Float {
  let magnitude = abs(x)
  let t = 1 / (1 + 0.327_591_1 * magnitude)
  var p: Float = 1.061_405_429
  p = p * t - 1.453_152_027
  p = p * t + 1.421_413_741
  p = p * t - 0.284_496_736
  p = p * t + 0.254_829_592
  // Below e^-80 nothing is left of it, and no denormals appear.
  let value = 1 - p * t * exponential(max(-x * x, -80))
  return x < 0 ? -value : value
}

/// `1 / (1 + e^-x)`.
@inline(__always)
func sigmoid(_ x: Float) -> Float { 1 / (1 + exponential(-x)) }

/// Sum of `count` values in eight lanes, so that it vectorises: a scalar loop would have to keep
/// the order of additions.
@inline(__always)
func sum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var lanes = SIMD8<Float>()
  var index = 0
  while index + 8 <= count {
    lanes += load8(x + index)
    index += 8
  }
  var total = lanes.sum()
  while index < count {
    total += x[index]
    index += 1
  }
  return total
}

/// Sum of the squares of `x - center`, in eight lanes.
@inline(__always)
func sumOfSquares(_ x: UnsafePointer<Float>, _ count: Int, center: Float = 0) -> Float {
  var lanes = SIMD8<Float>()
  var index = 0
  while index + 8 <= count {
    let difference = load8(x + index) - center
    lanes += difference * difference
    index += 8
  }
  var total = lanes.sum()
  while index < count {
    let difference = x[index] - center
    total += difference * difference
    index += 1
  }
  return total
}

/// The largest of `count` values, in eight lanes.
@inline(__always)
func maximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var result = x[0]
  var index = 0
  if count >= 8 {
    var lanes = load8(x)
    index = 8
    while index + 8 <= count {
      let next = load8(x + index)
      lanes.replace(with: next, where: next .> lanes)
      index += 8
    }
    result = lanes.max()
  }
  while index < count {
    result = max(result, x[index])
    index += 1
  }
  return result
}

/// Eight values from memory of any alignment.
@inline(__always)
private func load8(_ x: UnsafePointer<Float>) -> SIMD8<Float> {
  UnsafeRawPointer(x).loadUnaligned(as: SIMD8<Float>.self)
}
