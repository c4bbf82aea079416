import Foundation
import MMAudioKernels
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

/// Expects equal shapes and values within `tolerance` of the largest expected magnitude, and prints
/// the worst element otherwise.
func expectClose(
  _ result: Tensor, _ expected: Tensor, within tolerance: Float = 2e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(result.shape == expected.shape, sourceLocation: sourceLocation)
  guard result.shape == expected.shape else { return }
  let (a, b) = (result.values, expected.values)
  let scale = max(b.map(abs).max() ?? 0, .leastNormalMagnitude)
  guard let worst = a.indices.max(by: { abs(a[$0] - b[$0]) < abs(a[$1] - b[$1]) }) else { return }
  let error = abs(a[worst] - b[worst]) / scale
  #expect(
    error <= tolerance,
    "element \(worst) of \(result.shape): \(a[worst]), expected \(b[worst]), error \(error)",
    sourceLocation: sourceLocation)
  #expect(result.isFinite, sourceLocation: sourceLocation)
}

/// Sizes around the vector width and beyond one tile.
let raggedSizes = [1, 7, 8, 9, 250]
