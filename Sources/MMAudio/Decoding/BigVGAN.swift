import MMAudioKernels

/// Mel spectrogram → waveform, both published rates by configuration.
///
/// BigVGAN (Lee and others 2023): each stage doubles, quadruples or octuples the rate by a transposed convolution, then averages
/// three residual blocks of kernel sizes 3, 7 and 11.
struct BigVGAN: Sendable {
  private let input: ConvolutionWeights
  private let stages: [Stage]
  private let outputSnake: SnakeWeights
  private let output: ConvolutionWeights
  private let bound: AudioRate.OutputBound

  private struct Stage: Sendable {
    let stride: Int
    let upsampling: ConvolutionWeights
    let blocks: [ResidualSnakeBlock]
  }

  /// Binds `conv_pre`, `ups`, `resblocks`, `activation_post`, `conv_post` and `filter`.
  init(_ weights: WeightScope, rate: AudioRate) throws(WeightError) {
    let filter = try weights.tensor("filter", [12])
    var channels = try weights.shape("conv_pre.weight", rank: 3)[0]
    input = try ConvolutionWeights(
      weights.scope("conv_pre"), inputs: rate.melBands, outputs: channels, bias: true)
    let stageCount = weights.count(of: "ups")
    let blocksPerStage = weights.count(of: "resblocks") / max(1, stageCount)
    var stages: [Stage] = []
    for index in 0..<stageCount {
      let scope = weights.scope("ups").scope("\(index)").scope("0")
      let shape = try scope.shape("weight", rank: 3)  // [stride * outputs, inputs, 2]
      let outputs = try scope.shape("bias", rank: 1)[0]
      guard shape[0].isMultiple(of: 2 * outputs) else {
        throw scope.malformed(
          "weight", "has shape \(shape), expected an even multiple of \(outputs) outputs")
      }
      let upsampling = ConvolutionWeights(
        transposed: try scope.kernel("weight", [shape[0], channels, 2]),
        bias: try scope.tensor("bias", [outputs]))
      channels = outputs
      var blocks: [ResidualSnakeBlock] = []
      for block in 0..<blocksPerStage {
        blocks.append(
          try ResidualSnakeBlock(
            weights.scope("resblocks").scope("\(index * blocksPerStage + block)"),
            channels: channels, filter: filter))
      }
      stages.append(Stage(stride: shape[0] / outputs, upsampling: upsampling, blocks: blocks))
    }
    self.stages = stages
    outputSnake = try SnakeWeights(
      weights.scope("activation_post").scope("act"), channels: channels, filter: filter)
    output = try ConvolutionWeights(
      weights.scope("conv_post"), inputs: channels, outputs: 1,
      bias: weights.contains("conv_post.bias"))
    bound = rate.outputBound
  }

  /// - Parameters:
  ///   - mel: `[1, time, mel bands]`
  ///   - progress: called with the stages done and in all; may throw to cancel
  /// - Returns: `[time * hop length]`, samples in [-1, 1]
  func callAsFunction(_ mel: Tensor, progress: (Int, Int) throws -> Void) rethrows -> Tensor {
    try progress(0, stages.count + 1)
    var x = convolution1d(mel, input)
    for (index, stage) in stages.enumerated() {
      x = transposedConvolution1d(x, stage.upsampling, stride: stage.stride)
      x = meanOfBlocks(x, stage.blocks)
      try progress(index + 1, stages.count + 1)
    }
    let waveform = convolution1d(aliasFreeSnake(x, outputSnake), output)
    try progress(stages.count + 1, stages.count + 1)
    let samples = waveform.reshaped([waveform.count])
    return switch bound {
    case .tanh: samples.hyperbolicTangent()
    case .clamp: samples.clamped(-1, 1)
    }
  }

  private func meanOfBlocks(_ x: Tensor, _ blocks: [ResidualSnakeBlock]) -> Tensor {
    let share = 1 / Float(blocks.count)
    let first = blocks[0](x)
    return blocks.indices.dropFirst().reduce(nil as Tensor?) { sum, index in
      let last = index == blocks.count - 1
      let (a, b) = last ? (share, share) : (1, 1)
      return weightedSum(a, sum ?? first, b, blocks[index](x))
    } ?? first
  }
}

/// Three rounds of snake, dilated convolution, snake, convolution, each added back, Python
/// `AMPBlock1`.
private struct ResidualSnakeBlock: Sendable {
  private static let dilations = [1, 3, 5]
  private let rounds: [Round]

  private struct Round: Sendable {
    let firstSnake: SnakeWeights
    let dilated: ConvolutionWeights
    let secondSnake: SnakeWeights
    let plain: ConvolutionWeights
  }

  /// Binds `convs1`, `convs2` and `activations`.
  init(_ weights: WeightScope, channels: Int, filter: Tensor) throws(WeightError) {
    var rounds: [Round] = []
    for (index, dilation) in Self.dilations.enumerated() {
      let snakes = weights.scope("activations")
      rounds.append(
        Round(
          firstSnake: try SnakeWeights(
            snakes.scope("\(2 * index)").scope("act"), channels: channels, filter: filter),
          dilated: try ConvolutionWeights(
            weights.scope("convs1").scope("\(index)"), inputs: channels, outputs: channels,
            bias: true, dilation: dilation),
          secondSnake: try SnakeWeights(
            snakes.scope("\(2 * index + 1)").scope("act"), channels: channels, filter: filter),
          plain: try ConvolutionWeights(
            weights.scope("convs2").scope("\(index)"), inputs: channels, outputs: channels,
            bias: true)))
    }
    self.rounds = rounds
  }

  /// x and the result are `[1, time, channels]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    rounds.reduce(x) { x, round in
      let inner = convolution1d(aliasFreeSnake(x, round.firstSnake), round.dilated)
      let outer = convolution1d(aliasFreeSnake(inner, round.secondSnake), round.plain)
      return weightedSum(1, x, 1, outer)
    }
  }
}

extension SnakeWeights {
  /// Binds `alpha` and `beta`.
  fileprivate init(_ weights: WeightScope, channels: Int, filter: Tensor) throws(WeightError) {
    self.init(
      alpha: try weights.tensor("alpha", [channels]), beta: try weights.tensor("beta", [channels]),
      filter: filter)
  }
}
