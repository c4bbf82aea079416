import MMAudioKernels

/// How far a tensor is from an expected one, and where it is farthest.
public struct TensorDifference: CustomStringConvertible {
  /// `max|a - b| / max|b|`; infinite if shapes differ or a value is not finite.
  public let relative: Float
  /// The worst element in words.
  public let description: String

  /// Compares `result` with what was expected.
  public init(_ result: Tensor, _ expected: Tensor) {
    guard result.shape == expected.shape, result.isFinite else {
      relative = .infinity
      description = "\(result.shape), expected \(expected.shape); finite: \(result.isFinite)"
      return
    }
    let (a, b) = (result.values, expected.values)
    let scale = b.reduce(Float.leastNormalMagnitude) { max($0, abs($1)) }
    let worst = a.indices.max { abs(a[$0] - b[$0]) < abs(a[$1] - b[$1]) } ?? 0
    relative = a.isEmpty ? 0 : abs(a[worst] - b[worst]) / scale
    description =
      a.isEmpty
      ? "empty"
      : "element \(worst) of \(a.count): \(a[worst]), expected \(b[worst]), rel \(relative)"
  }
}
