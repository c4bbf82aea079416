import MMAudioKernels

/// Mel spectrogram → mean and deviation of latents, Python `Encoder1D`; generation never runs it, it
/// is there for debugging and training.
struct VAEEncoder: Sendable {
  private let input: ConvolutionWeights
  private let levels: [Level]
  private let middle: MiddleBlock
  private let output: ConvolutionWeights
  private let dataScale: Tensor
  private let dataShift: Tensor

  private struct Level: Sendable {
    let blocks: [ResidualBlock]
    let downsampling: (before: ConvolutionWeights, after: ConvolutionWeights)?
  }

  /// Binds `encoder.*`, `data_mean` and `data_std`.
  init(_ weights: WeightScope, rate: AudioRate) throws(WeightError) {
    let encoder = weights.scope("encoder")
    let bands = rate.melBands
    var channels = try encoder.shape("conv_in.weight", rank: 3)[0]
    input = try ConvolutionWeights(
      encoder.scope("conv_in"), inputs: bands, outputs: channels, bias: false)
    var levels: [Level] = []
    for index in 0..<encoder.count(of: "down") {
      let scope = encoder.scope("down").scope("\(index)")
      let blocks = try residualBlocks(scope, channels: &channels)
      let sampler = scope.scope("downsample")
      let downsampling =
        sampler.contains("conv1.weight")
        ? (
          before: try ConvolutionWeights(
            sampler.scope("conv1"), inputs: channels, outputs: channels, bias: false),
          after: try ConvolutionWeights(
            sampler.scope("conv2"), inputs: channels, outputs: channels, bias: false)
        ) : nil
      levels.append(Level(blocks: blocks, downsampling: downsampling))
    }
    self.levels = levels
    middle = try MiddleBlock(encoder.scope("mid"), channels: channels)
    let moments = try encoder.shape("conv_out.weight", rank: 3)[0]
    output = try ConvolutionWeights(
      encoder.scope("conv_out"), inputs: channels, outputs: moments, bias: false)
    let mean = try weights.tensor("data_mean", [1, bands, 1]).values
    let deviation = try weights.tensor("data_std", [1, bands, 1]).values
    dataScale = Tensor([bands], deviation.map { 1 / $0 })
    dataShift = Tensor([bands], zip(mean, deviation).map { -$0 / $1 })
  }

  /// - Parameter mel: `[1, time, mel bands]`
  /// - Returns: `[1, time / 2, 2 * latent channels]`: means, then log variances
  func callAsFunction(_ mel: Tensor) -> Tensor {
    var x = convolution1d(scaleAndShift(mel, scale: dataScale, shift: dataShift), input)
    for level in levels {
      for block in level.blocks { x = clippedActivations(block(x)) }
      if let (before, after) = level.downsampling {
        x = convolution1d(halved(convolution1d(x, before)), after)
      }
    }
    return convolution1d(magnitudePreservingSiLU(middle(x)), output)
  }

  /// Means of pairs of time steps; an odd last step is dropped, as PyTorch's `avg_pool1d` does.
  private func halved(_ x: Tensor) -> Tensor {
    let (pairs, channels) = (x.shape[1] / 2, x.shape[2])
    let rows = x.reshaped([x.shape[1], channels])
    let even = gatherRows(rows, (0..<pairs).map { 2 * $0 })
    let odd = gatherRows(rows, (0..<pairs).map { 2 * $0 + 1 })
    return weightedSum(0.5, even, 0.5, odd).reshaped([1, pairs, channels])
  }
}
