/// Floating-point operations of a network by the direct algorithm, as a function of tensor shapes.
///
/// Two for every multiplication and addition: of matrix products, of convolutions as sums over their
/// taps, of attention (`4 · queries · keys · width` for scores and weighted sum), and of the vocoder's
/// resampling filters. Norms, activations and sums are not counted. What the reference computes for
/// nothing counts, so that a rate above the machine's is work saved: all tokens in the last layer of
/// an encoder, per-token adaLN on every latent token.
struct DirectWork {
  private let shapes: [String: [Int]]

  /// Work of the network whose converted tensors have these shapes.
  init(shapes: [String: [Int]]) { self.shapes = shapes }

  /// Work of the network in a model file.
  init(_ file: SafetensorsFile) throws(WeightError) {
    var shapes: [String: [Int]] = [:]
    for name in file.names { shapes[name] = try file.shape(of: name) }
    self.init(shapes: shapes)
  }

  /// CLIP's text tower: every block on `77 · prompts` tokens.
  func clipText(prompts: Int) -> Double {
    let tokens = CLIPTokenizer.contextLength
    let blocks = count(of: "transformer.resblocks")
    return Double(prompts)
      * (products(tokens) { $0.hasPrefix("transformer.") }
        + Double(blocks) * attention(tokens, tokens, width: size("positional_embedding", 1)))
  }

  /// CLIP's image tower: `1 + 27²` tokens a frame, patches as products.
  func clipImage(frames: Int) -> Double {
    let tokens = size("visual.positional_embedding", 0)
    let width = size("visual.positional_embedding", 1)
    let blocks = count(of: "visual.transformer.resblocks")
    return Double(frames)
      * (products(tokens) { $0.hasPrefix("visual.transformer.") }
        + Double(blocks) * attention(tokens, tokens, width: width)
        + products(tokens - 1) { $0 == "visual.conv1.weight" }
        + products(1) { $0 == "visual.proj" })
  }

  /// Synchformer: `1 + times · places` tokens a segment, then `times` groups of `1 + places`.
  ///
  /// Attention over time is `1 + times` keys a token, over space `1 + places`; the class token sees
  /// all in both.
  func synchformer(segments: Int) -> Double {
    let root = "vfeat_extractor."
    let width = size(root + "temp_embed", 2)
    let times = size(root + "temp_embed", 1)
    let places = size(root + "pos_embed", 1) - 1
    let patches = times * places
    let block =
      2 * attention(1, 1 + patches, width: width) + attention(patches, 1 + times, width: width)
      + attention(patches, 1 + places, width: width)
    let pooled = times * (1 + places)
    return Double(segments)
      * (products(patches) { $0 == root + "patch_embed_3d.proj.weight" }
        + products(1 + patches) { $0.hasPrefix(root + "blocks.") }
        + Double(count(of: root + "blocks")) * block
        + products(pooled) {
          $0.hasPrefix(root + "spatial_attn_agg.") && !$0.hasSuffix("cls_token")
        }
        + attention(pooled, 1 + places, width: width))
  }

  /// One pass of the flow network at one time, without the conditions, which are computed once.
  ///
  /// Each stream's layers run on its tokens, adaLN on every latent token but on a single row for clip
  /// and text; joint blocks attend over all tokens, fused blocks over the latent ones.
  func flowPass(_ lengths: SequenceLengths) -> Double {
    let hidden = size("audio_input_proj.0.weight", 0)
    let text = CLIPTokenizer.contextLength
    func isGlobal(_ name: String) -> Bool {
      name.contains("adaLN_modulation") && !name.contains("latent_block")
        && !name.hasPrefix("fused_blocks.")
    }
    let all = lengths.latent + lengths.clip + text
    return products(lengths.latent) {
      ($0.hasPrefix("audio_input_proj.") || $0.contains(".latent_block.")
        || $0.hasPrefix("fused_blocks.") || $0.hasPrefix("final_layer.")) && !isGlobal($0)
    } + products(lengths.clip) { $0.contains(".clip_block.") && !isGlobal($0) }
      + products(text) { $0.contains(".text_block.") && !isGlobal($0) }
      + products(1) { isGlobal($0) || $0.hasPrefix("t_embed.") }
      + Double(count(of: "joint_blocks")) * attention(all, all, width: hidden)
      + Double(count(of: "fused_blocks")) * attention(lengths.latent, lengths.latent, width: hidden)
  }

  /// The VAE's decoder: its widest level and its output on twice as many steps as latent tokens.
  func vaeDecoder(latentTokens: Int) -> Double {
    func isDoubled(_ name: String) -> Bool {
      ["decoder.up.0.", "decoder.up.1.upsample.", "decoder.conv_out."].contains {
        name.hasPrefix($0)
      }
    }
    return products(latentTokens) { $0.hasPrefix("decoder.") && !isDoubled($0) }
      + products(2 * latentTokens, isDoubled)
      + attention(latentTokens, latentTokens, width: size("decoder.conv_in.weight", 0))
  }

  /// BigVGAN: a transposed convolution multiplies each input step by its whole kernel; each of the
  /// snake activations filters a value twice, `2 · 12 + 2 · 12` operations.
  func vocoder(melFrames: Int) -> Double {
    let stages = count(of: "ups")
    let blocks = count(of: "resblocks") / max(1, stages)
    let filter = Double(4 * size("filter", 0))
    var time = melFrames
    var total = products(time) { $0 == "conv_pre.weight" }
    for stage in 0..<stages {
      let upsampling = "ups.\(stage).0.weight"
      total += products(time) { $0 == upsampling }
      let channels = size("ups.\(stage).0.bias", 0)
      time *= size(upsampling, 0) / max(1, channels)
      for block in 0..<blocks {
        let name = "resblocks.\(stage * blocks + block)"
        let snakes = count(of: "\(name).activations") * channels
        total += products(time) { $0.hasPrefix("\(name).convs") }
        total += Double(time * snakes) * filter
      }
    }
    return total + products(time) { $0 == "conv_post.weight" }
      + Double(time * size("conv_post.weight", 1)) * filter
  }

  /// `2 · rows · weights` of the layers with these names.
  private func products(_ rows: Int, _ includes: (String) -> Bool) -> Double {
    shapes.reduce(0) { sum, tensor in
      guard tensor.value.count > 1, includes(tensor.key) else { return sum }
      return sum + 2 * Double(rows) * tensor.value.reduce(1) { $0 * Double($1) }
    }
  }

  private func attention(_ queries: Int, _ keys: Int, width: Int) -> Double {
    4 * Double(queries) * Double(keys) * Double(width)
  }

  /// Size of a tensor along an axis, 0 where it is missing: a stage has refused such a file before.
  private func size(_ name: String, _ axis: Int) -> Int {
    guard let shape = shapes[name], axis < shape.count else { return 0 }
    return shape[axis]
  }

  private func count(of component: String) -> Int {
    consecutiveChildren(of: component, in: shapes.keys)
  }
}
