import Foundation
import MMAudioKernels

/// Flow time → a vector, the sinusoidal embedding and MLP of DiT (Peebles and Xie 2023).
///
/// `frequency[i] = scale · 10000^(-2i / size)`, embedding `[cos(t · frequency), sin(t · frequency)]`.
/// The second version of MMAudio has as many frequencies as channels and scales them by 10⁴, the
/// first has 256 unscaled ones.
struct TimestepEmbedder: Sendable {
  private let frequencies: [Float]
  private let first: LinearWeights
  private let second: LinearWeights

  /// Binds `mlp.0` and `mlp.2`; the frequency scale is that of the network's version.
  init(_ weights: WeightScope, hidden: Int, frequencyScale: Float) throws(WeightError) {
    let size = try weights.shape("mlp.0.weight", rank: 2)[1]
    frequencies = stride(from: 0, to: size, by: 2).map { index in
      let exponent = Double(Float(index) / Float(size))
      return frequencyScale * (1 / Float(pow(10_000, exponent)))
    }
    first = try LinearWeights(weights.scope("mlp").scope("0"), inputs: size, outputs: hidden)
    second = try LinearWeights(weights.scope("mlp").scope("2"), inputs: hidden, outputs: hidden)
  }

  /// Embeds one point in time.
  ///
  /// - Parameter time: 0 is noise, 1 is data
  /// - Returns: `[1, hidden]`
  func callAsFunction(_ time: Float) -> Tensor {
    let angles = frequencies.map { Double(time * $0) }
    let embedding = angles.map { Float(cos($0)) } + angles.map { Float(sin($0)) }
    return second(first(Tensor([1, embedding.count], embedding), activation: .silu))
  }
}
