import MMAudioKernels

/// Noise for the tensors of a network, gigabytes of it as fast as a disk takes them.
///
/// One block of noise is repeated. Its length is a prime, so that no two channels of a tensor are
/// alike, and every tensor starts where the one before it ended.
struct SyntheticValues {
  /// Uniform in [-1, 1).
  private let block: Tensor
  private let ones: Tensor
  private var position = 0

  private static let blockSize = 262_147

  init() {
    block = Tensor([Self.blockSize]) { values in
      var state: UInt32 = 1
      for index in 0..<Self.blockSize {
        state = state &* 1_664_525 &+ 1_013_904_223
        values[index] = Float(Int32(bitPattern: state) >> 8) / Float(1 << 23)
      }
    }
    ones = Tensor([Self.blockSize]) { $0.update(repeating: 1, count: Self.blockSize) }
  }

  /// Writes all values of a tensor.
  mutating func write(
    _ tensor: NetworkLayout.Requirement, to writer: inout SafetensorsWriter
  ) throws(WeightError) {
    if case .commonFilter = tensor.folding {
      return try writer.write(Tensor(tensor.shape, AliasFreeFilter.taps), of: tensor.name)
    }
    let (offset, amplitude) = Self.range(tensor)
    var done = 0
    let count = tensor.shape.reduce(1, *)
    while done < count {
      let range = position..<min(Self.blockSize, position + count - done)
      let values = weightedSum(amplitude, block[range], offset, ones[range])
      try writer.write(values, of: tensor.name, from: done)
      done += range.count
      position = range.upperBound % Self.blockSize
    }
  }

  /// The middle and the largest distance from it of a tensor's values.
  ///
  /// A kernel's outputs have half the deviation of its inputs, so that the vocoder's residual blocks do
  /// not grow from one to the next; norms and deviations are near 1; biases, embeddings and the
  /// logarithms of the snakes' frequencies near 0.
  static func range(_ tensor: NetworkLayout.Requirement) -> (offset: Float, amplitude: Float) {
    let isVector = tensor.shape.count { $0 > 1 } <= 1
    if isVector, tensor.name.hasSuffix(".weight") || tensor.name.hasSuffix("_std") {
      return (1, 0.1)
    }
    guard tensor.order != .published, !isVector else { return (0, 0.05) }
    let fanIn = tensor.convertedShape.dropFirst().reduce(1, *)
    return (0, 0.5 * (3 / Float(fanIn)).squareRoot())
  }
}
