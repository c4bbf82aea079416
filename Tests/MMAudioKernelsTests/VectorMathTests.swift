import Foundation
import Testing

@testable import MMAudioKernels

@Suite struct VectorMathTests {
  /// Largest error of `function` over `count` evenly spaced points, and where it is.
  private func worst(
    from first: Float, to last: Float, count: Int = 200_000,
    _ error: (Float) -> Double
  ) -> (error: Double, at: Float) {
    var worst = (error: 0.0, at: first)
    for step in 0...count {
      let x = first + (last - first) * (Float(step) / Float(count))
      let found = error(x)
      if !(found <= worst.error) { worst = (found, x) }
    }
    return worst
  }

  private func one(_ function: (SIMD16<Float>) -> SIMD16<Float>, _ x: Float) -> Float {
    function(SIMD16(repeating: x))[5]
  }

  @Test("exponential is within 2 ulp of libm between -80 and 80")
  func exponentialAccuracy() {
    let worst = worst(from: -80, to: 80) { abs(Double(one(exponential, $0)) / exp(Double($0)) - 1) }
    #expect(worst.error <= 2.5e-7, "x = \(worst.at)")
  }

  @Test("exponential stays finite far outside its range")
  func exponentialClamps() {
    #expect(one(exponential, 1e9).isFinite)
    #expect(one(exponential, -1e9) >= 0 && one(exponential, -1e9) < 2e-35)
    #expect(one(sigmoid, -1e9).isNormal && one(sigmoid, 1e9) == 1)
  }

  @Test("squared sine is within 4e-7 of libm, for arguments of thousands too")
  func sineSquaredAccuracy() {
    let worst = worst(from: -3000, to: 3000) {
      abs(Double(sineSquared($0)) - pow(sin(Double($0)), 2))
    }
    #expect(worst.error <= 4e-7, "x = \(worst.at)")
  }

  @Test("error function is within 6e-7 of libm")
  func errorFunctionAccuracy() {
    let worst = worst(from: -5, to: 5) { abs(Double(one(errorFunction, $0)) - erf(Double($0))) }
    #expect(worst.error <= 6e-7, "x = \(worst.at)")
  }
}
