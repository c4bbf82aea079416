import Foundation
import Testing

@testable import MMAudioKernels

@Suite struct VectorMathTests {
  @Test("exponential is within 2 ulp of libm between -87 and 88")
  func exponentialAccuracy() {
    for step in 0..<200_000 {
      let x = Float(step) * (175.0 / 200_000) - 87
      let exact = exp(Double(x))
      #expect(abs(Double(exponential(x)) - exact) <= 2.5e-7 * exact, "x = \(x)")
    }
  }

  @Test("exponential stays finite far outside its range")
  func exponentialClamps() {
    #expect(exponential(1e9).isFinite)
    #expect(exponential(-1e9) >= 0 && exponential(-1e9) < 1e-37)
  }

  @Test("squared sine is within 4e-7 of libm, for arguments of thousands too")
  func sineSquaredAccuracy() {
    for step in 0..<200_000 {
      let x = (Float(step) - 100_000) * 0.03
      let exact = pow(sin(Double(x)), 2)
      #expect(abs(Double(sineSquared(x)) - exact) <= 4e-7, "x = \(x)")
    }
  }

  @Test("error function is within 4e-7 of libm")
  func errorFunctionAccuracy() {
    for step in 0..<100_000 {
      let x = (Float(step) - 50_000) * 1e-4
      #expect(abs(Double(errorFunction(x)) - erf(Double(x))) <= 4e-7, "x = \(x)")
    }
  }
}
