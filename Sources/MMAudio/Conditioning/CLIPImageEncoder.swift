import Foundation
import MMAudioKernels

/// CLIP's image tower: frames → unit vectors, open_clip's `VisionTransformer`.
///
/// Frames are 384 px although the tower was trained at 378: the patch convolution, stride = kernel =
/// 14 without padding, leaves the last 6 pixels of each axis unseen, so the 27 × 27 position grid
/// fits as it is.
struct CLIPImageEncoder: Sendable {
  static let imageSize = VideoFrames.clipSize
  private static let headSize = 80
  private static let mean: [Float] = [0.481_454_66, 0.457_827_5, 0.408_210_73]
  private static let deviation: [Float] = [0.268_629_54, 0.261_302_58, 0.275_777_11]
  /// Frames encoded together: enough rows for the matrix product, little memory.
  private static let framesPerBatch = 4

  private let patchSize: Int
  private let patchEmbedding: LinearWeights
  private let classEmbedding: Tensor
  private let positions: Tensor
  private let preNorm: LayerNormWeights
  private let transformer: CLIPTransformer
  private let postNorm: LayerNormWeights
  private let projection: LinearWeights

  /// Binds `visual.*`.
  init(_ weights: WeightScope) throws(WeightError) {
    let weights = weights.scope("visual")
    let kernel = try weights.shape("conv1.weight", rank: 4)  // [width, 3, 14, 14]
    let (width, patch) = (kernel[0], kernel[3])
    let features = try weights.shape("proj", rank: 2)[1]
    patchSize = patch
    patchEmbedding = LinearWeights(
      try weights.kernel("conv1.weight", [width, 3, patch, patch]), bias: nil)
    classEmbedding = try weights.tensor("class_embedding", [width])
    let side = Self.imageSize / max(1, patch)
    positions = try weights.tensor("positional_embedding", [1 + side * side, width])
    preNorm = try LayerNormWeights(weights.scope("ln_pre"), width: width, epsilon: 1e-5)
    transformer = try CLIPTransformer(
      weights.scope("transformer"), width: width, headSize: Self.headSize)
    postNorm = try LayerNormWeights(weights.scope("ln_post"), width: width, epsilon: 1e-5)
    projection = LinearWeights(
      PanelWeights(transposed(try weights.tensor("proj", [width, features]))), bias: nil)
  }

  /// One unit vector a frame; a frame equal to the one before it, as in stills and slow videos, is not
  /// encoded again.
  ///
  /// - Parameters:
  ///   - frames: `[count, 3, 384, 384]`, planar 8-bit RGB
  ///   - count: number of frames
  ///   - progress: called with the number of frames done; may throw to cancel
  /// - Returns: `[count, features]`
  func callAsFunction(
    _ frames: [UInt8], count: Int, progress: (Int) throws -> Void
  ) rethrows -> Tensor {
    try progress(0)
    let isNew = (0..<count).map { $0 == 0 || !areEqual(frames, $0 - 1, $0) }
    let distinct = (0..<count).filter { isNew[$0] }
    var features: [Tensor] = []
    for first in stride(from: 0, to: distinct.count, by: Self.framesPerBatch) {
      let last = min(first + Self.framesPerBatch, distinct.count)
      features.append(encode(frames, Array(distinct[first..<last])))
      try progress(last == distinct.count ? count : distinct[last])
    }
    var place = -1
    return gatherRows(
      concatenated(features),
      isNew.map { isNew in
        place += isNew ? 1 : 0
        return place
      })
  }

  private func areEqual(_ frames: [UInt8], _ first: Int, _ second: Int) -> Bool {
    let size = 3 * Self.imageSize * Self.imageSize
    precondition((max(first, second) + 1) * size <= frames.count, "frames \(first), \(second)")
    return frames.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return true }
      // Safe: both frames lie within the array.
      return memcmp(base + first * size, base + second * size, size) == 0
    }
  }

  private func encode(_ frames: [UInt8], _ images: [Int]) -> Tensor {
    let count = images.count
    let pixels = patches(
      of: frames, size: Self.imageSize, images: images, patch: patchSize, depth: 1,
      mean: Self.mean, deviation: Self.deviation)
    let embedded = patchEmbedding(pixels)  // [count, 729, width]
    let (tokens, width) = (embedded.shape[1], embedded.shape[2])
    let classToken = classEmbedding.reshaped([1, width])
    let sequences = (0..<count).flatMap {
      [classToken, embedded[$0..<$0 + 1].reshaped([tokens, width])]
    }
    let x = concatenated(sequences).reshaped([count, 1 + tokens, width])
    let classTokens = transformer.firstTokens(preNorm(addingRepeated(x, positions)))
    return unitNorm(projection(postNorm(classTokens)))  // [count, features]
  }
}
