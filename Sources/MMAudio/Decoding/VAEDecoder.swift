import MMAudioKernels

/// Latents → mel spectrogram, Python `Decoder1D`.
struct VAEDecoder: Sendable {
  private let input: ConvolutionWeights
  private let middle: MiddleBlock
  /// From the narrowest to the widest in time.
  private let levels: [Level]
  private let output: ConvolutionWeights
  private let dataMean: Tensor
  private let dataDeviation: Tensor
  /// Channels of a latent token.
  let latentChannels: Int

  private struct Level: Sendable {
    let blocks: [ResidualBlock]
    let upsampling: ConvolutionWeights?
  }

  /// Binds `decoder.*`, `data_mean` and `data_std`.
  init(_ weights: WeightScope, rate: AudioRate) throws(WeightError) {
    let decoder = weights.scope("decoder")
    let shape = try decoder.shape("conv_in.weight", rank: 3)  // [channels, latent channels, 3]
    latentChannels = shape[1]
    input = try ConvolutionWeights(
      decoder.scope("conv_in"), inputs: latentChannels, outputs: shape[0], bias: false)
    middle = try MiddleBlock(decoder.scope("mid"), channels: shape[0])
    var channels = shape[0]
    var levels: [Level] = []
    for index in (0..<decoder.count(of: "up")).reversed() {
      let scope = decoder.scope("up").scope("\(index)")
      let blocks = try residualBlocks(scope, channels: &channels)
      let upsampling =
        scope.contains("upsample.conv.weight")
        ? try ConvolutionWeights(
          scope.scope("upsample").scope("conv"), inputs: channels, outputs: channels, bias: false)
        : nil
      levels.append(Level(blocks: blocks, upsampling: upsampling))
    }
    self.levels = levels
    let bands = rate.melBands
    output = try ConvolutionWeights(
      decoder.scope("conv_out"), inputs: channels, outputs: bands, bias: false)
    dataMean = try weights.tensor("data_mean", [1, bands, 1]).reshaped([bands])
    dataDeviation = try weights.tensor("data_std", [1, bands, 1]).reshaped([bands])
  }

  /// - Parameter latent: `[latent tokens, latent channels]`
  /// - Returns: `[1, 2 * latent tokens, mel bands]`
  func callAsFunction(_ latent: Tensor) -> Tensor {
    var x = middle(convolution1d(latent.reshaped([1] + latent.shape), input))
    for level in levels {
      for block in level.blocks { x = clippedActivations(block(x)) }
      if let upsampling = level.upsampling { x = convolution1d(doubled(x), upsampling) }
    }
    let normalized = convolution1d(magnitudePreservingSiLU(x), output)
    return scaleAndShift(normalized, scale: dataDeviation, shift: dataMean)
  }

  /// Every time step twice, PyTorch's nearest-exact interpolation by 2.
  private func doubled(_ x: Tensor) -> Tensor {
    let (time, channels) = (x.shape[1], x.shape[2])
    return gatherRows(x.reshaped([time, channels]), (0..<2 * time).map { $0 / 2 })
      .reshaped([1, 2 * time, channels])
  }
}
