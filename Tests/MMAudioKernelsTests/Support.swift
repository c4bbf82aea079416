import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

/// Reproducible values in [-1, 1): splitmix64, so that a failure can be run again.
func noise(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
  var state = seed
  let values = (0..<shape.reduce(1, *)).map { _ -> Float in
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Float((z ^ (z >> 31)) >> 40) * (2 / Float(1 << 24)) - 1
  }
  return Tensor(shape, values)
}

/// Expects equal shapes and values within `tolerance` of the largest expected magnitude.
func expectClose(
  _ result: Tensor, _ expected: Tensor, within tolerance: Float = 2e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let difference = TensorDifference(result, expected)
  #expect(difference.relative <= tolerance, "\(difference)", sourceLocation: sourceLocation)
}

/// Sizes around the vector width and beyond one tile.
let raggedSizes = [1, 7, 8, 9, 250]
