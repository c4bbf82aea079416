import MMAudioKernels

// Layers of EDM2 (Karras et al. 2024) as the VAE uses them. The converter has already divided every
// kernel by its norm and √fan-in.

/// `silu(x) / 0.596`.
func magnitudePreservingSiLU(_ x: Tensor) -> Tensor { x.activated(.silu, gain: 1 / 0.596) }

/// `lerp(x, y, 0.3) / √(0.7² + 0.3²)`.
func magnitudePreservingSum(_ x: Tensor, _ y: Tensor) -> Tensor {
  let norm = (0.7 * 0.7 + 0.3 * 0.3 as Double).squareRoot()
  return weightedSum(Float(0.7 / norm), x, Float(0.3 / norm), y)
}

/// Keeps values within ±256, where the reference clips activations.
func clippedActivations(_ x: Tensor) -> Tensor { x.clamped(-256, 256) }

/// Two convolutions beside a shortcut, on pixel-normalised input, Python `ResnetBlock1D`.
struct ResidualBlock: Sendable {
  private let first: ConvolutionWeights
  private let second: ConvolutionWeights
  private let shortcut: ConvolutionWeights?
  /// Channels it gives.
  let outputs: Int

  /// Binds `conv1`, `conv2` and, where widths differ, `nin_shortcut`.
  init(_ weights: WeightScope, inputs: Int) throws(WeightError) {
    outputs = try weights.shape("conv1.weight", rank: 3)[0]
    first = try ConvolutionWeights(
      weights.scope("conv1"), inputs: inputs, outputs: outputs, bias: false)
    second = try ConvolutionWeights(
      weights.scope("conv2"), inputs: outputs, outputs: outputs, bias: false)
    shortcut =
      inputs == outputs
      ? nil
      : try ConvolutionWeights(
        weights.scope("nin_shortcut"), inputs: inputs, outputs: outputs, bias: false)
  }

  /// x is `[1, time, inputs]`, the result `[1, time, outputs]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let x = pixelNorm(x)
    let inner = convolution1d(magnitudePreservingSiLU(x), first)
    let outer = convolution1d(magnitudePreservingSiLU(inner), second)
    return magnitudePreservingSum(shortcut.map { convolution1d(x, $0) } ?? x, outer)
  }
}

/// Binds `block.0`, `block.1`, … of a level, each as wide as the one before it gives.
///
/// `channels` is the width that comes in, and then the width that goes out.
func residualBlocks(
  _ weights: WeightScope, channels: inout Int
) throws(WeightError) -> [ResidualBlock] {
  var blocks: [ResidualBlock] = []
  for index in 0..<weights.count(of: "block") {
    let block = try ResidualBlock(weights.scope("block").scope("\(index)"), inputs: channels)
    channels = block.outputs
    blocks.append(block)
  }
  return blocks
}

/// One attention head over all of time, with pixel-normalised queries, keys and values, Python
/// `AttnBlock1D`.
struct AttentionBlock: Sendable {
  private let qkv: ConvolutionWeights
  private let output: ConvolutionWeights

  /// Binds `qkv` and `proj_out`.
  init(_ weights: WeightScope, channels: Int) throws(WeightError) {
    qkv = try ConvolutionWeights(
      weights.scope("qkv"), inputs: channels, outputs: 3 * channels, bias: false)
    output = try ConvolutionWeights(
      weights.scope("proj_out"), inputs: channels, outputs: channels, bias: false)
  }

  /// x and the result are `[1, time, channels]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let (time, channels) = (x.shape[1], x.shape[2])
    // Channels of qkv split as (channel, 3) with q, k, v innermost.
    let split = deinterleaved(convolution1d(x, qkv), parts: 3)  // [1, time, 3 * channels]
    let packed = pixelNorm(split.reshaped([time, 3, channels])).reshaped([time, 3 * channels])
    let attended = attention(
      packed, heads: 1, groups: AttentionGroup.sequences(batch: 1, length: time))
    return magnitudePreservingSum(x, convolution1d(attended.reshaped(x.shape), output))
  }
}

/// Residual, attention, residual at the narrowest point, Python `mid`.
struct MiddleBlock: Sendable {
  private let first: ResidualBlock
  private let attention: AttentionBlock
  private let second: ResidualBlock

  /// Binds `block_1`, `attn_1` and `block_2`.
  init(_ weights: WeightScope, channels: Int) throws(WeightError) {
    first = try ResidualBlock(weights.scope("block_1"), inputs: channels)
    attention = try AttentionBlock(weights.scope("attn_1"), channels: channels)
    second = try ResidualBlock(weights.scope("block_2"), inputs: channels)
  }

  /// x and the result are `[1, time, channels]`.
  func callAsFunction(_ x: Tensor) -> Tensor { clippedActivations(second(attention(first(x)))) }
}
