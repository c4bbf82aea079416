/// The mel VAE, Python `VAE` in `vae.py`: decoder and encoder in a file each.
enum VAELayout {
  /// A tensor that no other network has.
  static let marker = "decoder.conv_in.weight"

  /// - Throws: `.missing`, `.malformed` or `.otherSize`.
  static func layout(_ table: TensorTable) throws(WeightError) -> NetworkLayout {
    let rate = try audioRate(table, "mel VAE", melBands: try table.size("data_mean", 1))
    let bands = rate.melBands
    let latent = try table.size(marker, 1)
    let levels = try table.count(of: "decoder.up")
    var widths: [Int] = []
    for level in 0..<levels {
      widths.append(try table.size("decoder.up.\(level).block.0.conv1.weight", 0))
    }

    var decoder = NetworkLayout.Output(file: .vaeDecoder(rate))
    decoder.statistics(bands)
    let inner = widths[levels - 1]
    decoder.magnitudePreserving("decoder.conv_in", inner, latent)
    decoder.middle("decoder.mid", inner)
    for level in 0..<levels {
      let name = "decoder.up.\(level)"
      var input = widths[min(level + 1, levels - 1)]
      for block in 0..<(try table.count(of: "\(name).block")) {
        decoder.residual("\(name).block.\(block)", widths[level], input)
        input = widths[level]
      }
      if level == 1 {
        decoder.magnitudePreserving("\(name).upsample.conv", widths[level], widths[level])
      }
    }
    decoder.magnitudePreserving("decoder.conv_out", bands, widths[0], gain: true)

    var encoder = NetworkLayout.Output(file: .vaeEncoder(rate))
    encoder.statistics(bands)
    encoder.magnitudePreserving("encoder.conv_in", widths[0], bands)
    for level in 0..<(try table.count(of: "encoder.down")) where level < levels {
      let name = "encoder.down.\(level)"
      var input = widths[max(level - 1, 0)]
      for block in 0..<(try table.count(of: "\(name).block")) {
        encoder.residual("\(name).block.\(block)", widths[level], input)
        input = widths[level]
      }
      if level == 0 {
        for convolution in ["conv1", "conv2"] {
          encoder.magnitudePreserving(
            "\(name).downsample.\(convolution)", widths[level], widths[level], kernel: 1)
        }
      }
    }
    encoder.middle("encoder.mid", inner)
    encoder.magnitudePreserving("encoder.conv_out", 2 * latent, inner, gain: true)
    return NetworkLayout(outputs: [decoder, encoder])
  }
}

extension NetworkLayout.Output {
  /// Mean and standard deviation of the mel bands in training.
  fileprivate mutating func statistics(_ bands: Int) {
    add("data_mean", [1, bands, 1])
    add("data_std", [1, bands, 1])
  }

  /// Python `MPConv1D`; `gain` for the output layers, whose gain is learned.
  fileprivate mutating func magnitudePreserving(
    _ name: String, _ output: Int, _ input: Int, kernel: Int = 3, gain: Bool = false
  ) {
    let side = name.prefix { $0 != "." }
    self.kernel(
      "\(name).weight", [output, input, kernel],
      .magnitudePreserving(gain: gain ? "\(side).learnable_gain" : nil))
  }

  /// Python `ResnetBlock1D`.
  fileprivate mutating func residual(_ name: String, _ output: Int, _ input: Int) {
    magnitudePreserving("\(name).conv1", output, input)
    magnitudePreserving("\(name).conv2", output, output)
    if input != output {
      magnitudePreserving("\(name).nin_shortcut", output, input, kernel: 1)
    }
  }

  /// Two residual blocks with an attention between them.
  fileprivate mutating func middle(_ name: String, _ size: Int) {
    residual("\(name).block_1", size, size)
    magnitudePreserving("\(name).attn_1.qkv", 3 * size, size, kernel: 1)
    magnitudePreserving("\(name).attn_1.proj_out", size, size, kernel: 1)
    residual("\(name).block_2", size, size)
  }
}

/// The vocoder, Python `BigVGANVocoder` (16 kHz) and `BigVGAN` (44.1 kHz).
enum VocoderLayout {
  /// A tensor that no other network has.
  static let marker = "activation_post.act.alpha"

  /// - Throws: `.missing`, `.malformed` or `.otherSize`.
  static func layout(_ table: TensorTable) throws(WeightError) -> NetworkLayout {
    let rate = try audioRate(table, "vocoder", melBands: try table.size("conv_pre.weight", 1))
    var output = NetworkLayout.Output(file: .vocoder(rate))
    var width = try table.size("conv_pre.weight", 0)
    output.convolution("conv_pre", [width, rate.melBands, 7], bias: width)
    let stages = try table.count(of: "ups")
    let blocks = try table.count(of: "resblocks")
    guard blocks % stages == 0 else {
      throw .malformed(
        path: table.path, problem: "it has \(blocks) residual blocks for \(stages) stages")
    }
    for stage in 0..<stages {
      let weight = "ups.\(stage).0.weight"
      let (next, kernel) = (try table.size(weight, 1), try table.size(weight, 2))
      // ConvTranspose1d keeps the input channels first.
      output.convolution(
        "ups.\(stage).0", [width, next, kernel], bias: next, order: .transposedPanels)
      width = next
      for block in 0..<blocks / stages {
        let name = "resblocks.\(stage * (blocks / stages) + block)"
        let kernel = try table.size("\(name).convs1.0.weight", 2)
        let depth = try table.count(of: "\(name).convs1")
        for layer in 0..<depth {
          output.convolution("\(name).convs1.\(layer)", [width, width, kernel], bias: width)
          output.convolution("\(name).convs2.\(layer)", [width, width, kernel], bias: width)
        }
        for activation in 0..<2 * depth {
          output.snake("\(name).activations.\(activation)", width)
        }
      }
    }
    output.snake("activation_post", width)
    // The 44.1 kHz vocoder was trained with `use_bias_at_final` off.
    let hasBias = table["conv_post.bias"] != nil
    output.convolution("conv_post", [1, width, 7], bias: hasBias ? 1 : nil)
    let filters = table.names.filter {
      $0.hasSuffix(".upsample.filter") || $0.hasSuffix(".downsample.lowpass.filter")
    }
    output.add("filter", [AliasFreeFilter.taps.count], .commonFilter(filters.sorted()))
    return NetworkLayout(outputs: [output])
  }
}

extension NetworkLayout.Output {
  /// A weight-normalised convolution.
  fileprivate mutating func convolution(
    _ name: String, _ shape: [Int], bias: Int?, order: NetworkLayout.Order = .panels
  ) {
    add("\(name).weight", shape, .weightNorm, order: order)
    if let bias { add("\(name).bias", [bias]) }
  }

  /// Python `SnakeBeta`, with its parameters on a logarithmic scale.
  fileprivate mutating func snake(_ name: String, _ size: Int) {
    add("\(name).act.alpha", [size])
    add("\(name).act.beta", [size])
  }
}

/// The rate that a VAE or vocoder was made for, by its mel bands.
private func audioRate(
  _ table: TensorTable, _ network: String, melBands: Int
) throws(WeightError) -> AudioRate {
  guard let rate = AudioRate.all.first(where: { $0.melBands == melBands }) else {
    let known = AudioRate.all.map { "\($0.melBands)" }.joined(separator: " or ")
    throw .otherSize(
      path: table.path, network: network, problem: "it has \(melBands) mel bands, expected \(known)"
    )
  }
  return rate
}
