import MMAudioKernels

/// Mel spectrogram → waveform, both published rates by configuration.
///
/// BigVGAN (Lee and others 2023): each stage doubles, quadruples or octuples the rate by a transposed
/// convolution, then averages three residual blocks of kernel sizes 3, 7 and 11.
///
/// The spectrogram goes through all layers piece by piece; each keeps the few steps that the next piece
/// needs. So memory does not grow with the clip, and what one layer writes the next reads from a cache.
struct BigVGAN: Sendable {
  private var input: StreamedConvolution
  private var stages: [Stage]
  private var outputSnake: StreamedSnake
  private var output: StreamedConvolution
  private let bound: AudioRate.OutputBound
  private let hopLength: Int

  /// Binds `conv_pre`, `ups`, `resblocks`, `activation_post`, `conv_post` and `filter`.
  init(_ weights: WeightScope, rate: AudioRate) throws(WeightError) {
    let filter = try weights.tensor("filter", [12])
    var channels = try weights.shape("conv_pre.weight", rank: 3)[0]
    input = StreamedConvolution(
      try ConvolutionWeights(
        weights.scope("conv_pre"), inputs: rate.melBands, outputs: channels, bias: true))
    // At least one, so that a file without any block gets the error that its tensors are missing.
    let blocksPerStage = max(1, weights.count(of: "resblocks") / max(1, weights.count(of: "ups")))
    var stages: [Stage] = []
    var hopLength = 1
    while hopLength < rate.hopLength {
      let index = stages.count
      let scope = weights.scope("ups").scope("\(index)").scope("0")
      let shape = try scope.shape("weight", rank: 3)  // [stride * outputs, inputs, 2]
      let outputs = try scope.shape("bias", rank: 1)[0]
      guard shape[0].isMultiple(of: 2 * outputs) else {
        throw scope.malformed(
          "weight", "has shape \(shape), expected an even multiple of \(outputs) outputs")
      }
      let stride = shape[0] / outputs
      hopLength *= stride
      guard rate.hopLength.isMultiple(of: hopLength) else {
        throw scope.malformed(
          "weight", "makes \(hopLength) samples of a mel frame, expected \(rate.hopLength)")
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
      stages.append(
        Stage(stride: stride, channels: channels, upsampling: upsampling, blocks: blocks))
    }
    self.stages = stages
    outputSnake = try StreamedSnake(
      weights.scope("activation_post").scope("act"), channels: channels, filter: filter)
    output = StreamedConvolution(
      try ConvolutionWeights(
        weights.scope("conv_post"), inputs: channels, outputs: 1,
        bias: weights.contains("conv_post.bias")))
    bound = rate.outputBound
    self.hopLength = hopLength
  }

  /// - Parameters:
  ///   - mel: `[1, time, mel bands]`
  ///   - pieceSteps: steps of output, about, that a stage of so many channels makes at a time
  ///   - progress: called with the mel frames done and in all; may throw to cancel
  /// - Returns: `[time * hop length]`, samples in [-1, 1]
  func callAsFunction(
    _ mel: Tensor, pieceSteps: (Int) -> Int = StreamedConvolution.pieceSteps,
    progress: (Int, Int) throws -> Void
  ) rethrows -> Tensor {
    let frames = mel.reshaped(Array(mel.shape.dropFirst()))  // [time, mel bands]
    let time = frames.shape[0]
    let size = stages[0].inputSteps(pieceSteps)
    var network = self
    try progress(0, time)
    return try Tensor(
      [time * hopLength],
      inPieces: { append in
        var count = 0
        try frames.forEachPiece(of: size, isLast: true) { piece, isLast in
          let x = network.input(piece, isLast: isLast)
          try network.run(x, isLast: isLast, from: 0, pieceSteps) { samples in
            append(samples)
            count += samples.count
            try progress(count / hopLength, time)
          }
        }
      })
  }

  /// Sends a piece through the stages from one on, and on to `write` what samples it completes.
  private mutating func run(
    _ x: Tensor, isLast: Bool, from stage: Int, _ pieceSteps: (Int) -> Int,
    _ write: (Tensor) throws -> Void
  ) rethrows {
    guard stage < stages.count else {
      return try write(waveform(x, isLast: isLast))
    }
    let size = stages[stage].inputSteps(pieceSteps)
    try x.forEachPiece(of: size, isLast: isLast) { piece, isLast in
      let x = stages[stage](piece, isLast: isLast)
      try run(x, isLast: isLast, from: stage + 1, pieceSteps, write)
    }
  }

  private mutating func waveform(_ x: Tensor, isLast: Bool) -> Tensor {
    let waveform = output(outputSnake(x, isLast: isLast), isLast: isLast)  // [time, 1]
    let samples = waveform.reshaped([waveform.count])
    return switch bound {
    case .tanh: samples.hyperbolicTangent()
    case .clamp: samples.clamped(-1, 1)
    }
  }
}

/// A transposed convolution, and the mean of residual blocks.
private struct Stage: Sendable {
  let stride: Int
  private let channels: Int
  private var upsampling: StreamedTransposedConvolution
  private var blocks: [ResidualSnakeBlock]
  /// What each block has given; one with longer kernels lags behind.
  private var outputs: [DelayLine]

  init(
    stride: Int, channels: Int, upsampling: ConvolutionWeights, blocks: [ResidualSnakeBlock]
  ) {
    self.stride = stride
    self.channels = channels
    self.upsampling = StreamedTransposedConvolution(upsampling, stride: stride)
    self.blocks = blocks
    outputs = blocks.map { _ in DelayLine(channels: channels) }
  }

  /// Steps of input that become a piece's steps of output.
  func inputSteps(_ pieceSteps: (Int) -> Int) -> Int { max(1, pieceSteps(channels) / stride) }

  /// `[time, inputs]` → `[completed time, channels]`.
  mutating func callAsFunction(_ x: Tensor, isLast: Bool) -> Tensor {
    let x = upsampling(x, isLast: isLast)  // [stride * time, channels]
    for index in blocks.indices { outputs[index].append(blocks[index](x, isLast: isLast)) }
    let complete = outputs.reduce(Int.max) { min($0, $1.count) }
    return mean(outputs.indices.map { outputs[$0].take(complete) })
  }

  private func mean(_ x: [Tensor]) -> Tensor {
    let share = 1 / Float(x.count)
    return x.indices.dropFirst().reduce(x[0]) { sum, index in
      let factor = index == x.count - 1 ? share : 1
      return weightedSum(factor, sum, factor, x[index])
    }
  }
}

extension Tensor {
  /// Calls `body` with nearly equal ranges of rows, and whether a signal ends with them.
  fileprivate func forEachPiece(
    of rows: Int, isLast: Bool, _ body: (Tensor, Bool) throws -> Void
  ) rethrows {
    let count = max(1, (shape[0] + rows / 2) / rows)
    for index in 0..<count {
      let range = shape[0] * index / count..<shape[0] * (index + 1) / count
      try body(self[range], isLast && index == count - 1)
    }
  }
}

/// Three rounds of snake, dilated convolution, snake, convolution, each added back, Python
/// `AMPBlock1`.
private struct ResidualSnakeBlock: Sendable {
  private static let dilations = [1, 3, 5]
  private var rounds: [Round]

  private struct Round: Sendable {
    var firstSnake: StreamedSnake
    var dilated: StreamedConvolution
    var secondSnake: StreamedSnake
    var plain: StreamedConvolution
    /// Input that waits for what is added to it.
    var delayed: DelayLine

    mutating func callAsFunction(_ x: Tensor, isLast: Bool) -> Tensor {
      delayed.append(x)
      let inner = dilated(firstSnake(x, isLast: isLast), isLast: isLast)
      return plain(secondSnake(inner, isLast: isLast), isLast: isLast, addedTo: &delayed)
    }
  }

  /// Binds `convs1`, `convs2` and `activations`.
  init(_ weights: WeightScope, channels: Int, filter: Tensor) throws(WeightError) {
    func snake(_ index: Int) throws(WeightError) -> StreamedSnake {
      try StreamedSnake(
        weights.scope("activations").scope("\(index)").scope("act"), channels: channels,
        filter: filter)
    }
    func convolution(
      _ name: String, _ index: Int, dilation: Int = 1
    ) throws(WeightError) -> StreamedConvolution {
      StreamedConvolution(
        try ConvolutionWeights(
          weights.scope(name).scope("\(index)"), inputs: channels, outputs: channels, bias: true,
          dilation: dilation))
    }
    var rounds: [Round] = []
    for (index, dilation) in Self.dilations.enumerated() {
      rounds.append(
        Round(
          firstSnake: try snake(2 * index),
          dilated: try convolution("convs1", index, dilation: dilation),
          secondSnake: try snake(2 * index + 1), plain: try convolution("convs2", index),
          delayed: DelayLine(channels: channels)))
    }
    self.rounds = rounds
  }

  /// `[time, channels]` → `[completed time, channels]`.
  mutating func callAsFunction(_ x: Tensor, isLast: Bool) -> Tensor {
    rounds.indices.reduce(x) { x, index in rounds[index](x, isLast: isLast) }
  }
}

extension StreamedSnake {
  /// Binds `alpha` and `beta`.
  fileprivate init(_ weights: WeightScope, channels: Int, filter: Tensor) throws(WeightError) {
    self.init(
      SnakeWeights(
        alpha: try weights.tensor("alpha", [channels]),
        beta: try weights.tensor("beta", [channels]), filter: filter))
  }
}
