import MMAudioKernels

/// Names and shapes of the published networks' converted tensors, without the published files.
///
/// The layouts derive everything from a few shapes, which are all that stands here.
enum PublishedSizes {
  /// The tensors of a file of a published variant's models.
  ///
  /// - Throws: what a layout throws where the shapes below are not enough, which a test excludes
  static func output(
    _ file: ModelFile, variant: ModelVariant
  ) throws(WeightError) -> NetworkLayout.Output {
    let layouts = [
      try CLIPLayout.layout(clip), try SynchformerLayout.layout(synchformer),
      try FlowLayout.layout(flow(variant), variant), try VAELayout.layout(vae(variant.rate)),
      try VocoderLayout.layout(vocoder(variant.rate)),
    ]
    let output = layouts.lazy.flatMap(\.outputs).first { $0.file == file }
    guard let output else {
      preconditionFailure("PublishedSizes: \(variant.name) does not need \(file.name)")
    }
    return output
  }

  /// DFN5B CLIP ViT-H/14 at 378 px.
  private static var clip: TensorTable {
    var shapes = [
      "visual.conv1.weight": [1280, 3, 14, 14], "visual.positional_embedding": [730, 1280],
      "visual.proj": [1280, 1024], "token_embedding.weight": [49_408, 1024],
    ]
    for block in 0..<32 {
      shapes["visual.transformer.resblocks.\(block).mlp.c_fc.weight"] = [5120, 1280]
    }
    for block in 0..<24 {
      shapes["transformer.resblocks.\(block).mlp.c_fc.weight"] = [4096, 1024]
    }
    return table(shapes)
  }

  private static var synchformer: TensorTable {
    let root = "vfeat_extractor"
    var shapes = [
      "\(root).patch_embed_3d.proj.weight": [768, 3, 2, 16, 16],
      "\(root).pos_embed": [1, 197, 768], "\(root).temp_embed": [1, 8, 768],
      "\(root).spatial_attn_agg.linear1.weight": [3072, 768],
    ]
    for block in 0..<12 { shapes["\(root).blocks.\(block).mlp.fc1.weight"] = [3072, 768] }
    return table(shapes)
  }

  private static func flow(_ variant: ModelVariant) -> TensorTable {
    let size = FlowSize(variant)
    var shapes = [
      "audio_input_proj.0.weight": [size.hidden, size.latent, 7],
      "empty_clip_feat": [1, 1024], "empty_sync_feat": [1, 768], "empty_string_feat": [77, 1024],
    ]
    if size.version == 2 { shapes["clip_input_proj.2.w1.weight"] = [] }
    for block in 0..<size.joint {
      shapes["joint_blocks.\(block).latent_block.attn.q_norm.weight"] = [64]
    }
    for block in 0..<size.fused {
      shapes["fused_blocks.\(block).attn.q_norm.weight"] = [64]
    }
    return table(shapes)
  }

  /// What differs between the VAEs and vocoders: the VAE's width at its output, the taps of the
  /// vocoder's transposed convolutions, and whether its last layer has a bias.
  private static let audioSizes = [
    "16k": (width: 384, upsampling: [8, 8, 4, 4, 4, 4], hasOutputBias: true),
    "44k": (width: 512, upsampling: [16, 8, 4, 4, 4, 4], hasOutputBias: false),
  ]

  private static func audioSize(
    _ rate: AudioRate
  ) -> (width: Int, upsampling: [Int], hasOutputBias: Bool) {
    guard let size = audioSizes[rate.name] else {
      preconditionFailure("PublishedSizes: no sizes for \(rate.name)")
    }
    return size
  }

  private static func vae(_ rate: AudioRate) -> TensorTable {
    let width = audioSize(rate).width
    var shapes = [
      "data_mean": [1, rate.melBands, 1],
      "decoder.conv_in.weight": [4 * width, rate.latentChannels, 3],
    ]
    for level in 0..<3 {
      for block in 0..<3 {
        shapes["decoder.up.\(level).block.\(block).conv1.weight"] = [width << level, width, 3]
      }
      for block in 0..<2 { shapes["encoder.down.\(level).block.\(block).conv1.weight"] = [] }
    }
    return table(shapes)
  }

  private static func vocoder(_ rate: AudioRate) -> TensorTable {
    var width = 1536
    var shapes = ["conv_pre.weight": [width, rate.melBands, 7]]
    if audioSize(rate).hasOutputBias { shapes["conv_post.bias"] = [1] }
    for (stage, kernel) in audioSize(rate).upsampling.enumerated() {
      shapes["ups.\(stage).0.weight"] = [width, width / 2, kernel]
      width /= 2
      for (block, taps) in [3, 7, 11].enumerated() {
        for layer in 0..<3 {
          let name = "resblocks.\(3 * stage + block).convs1.\(layer).weight"
          shapes[name] = [width, width, taps]
        }
      }
    }
    return table(shapes)
  }

  private static func table(_ shapes: [String: [Int]]) -> TensorTable {
    let tensors = shapes.map { name, shape in
      StoredTensor(name: name, type: .f32, shape: shape, strides: [], offset: 0, count: 0)
    }
    return TensorTable(StateDictionary(key: "", tensors: tensors), path: "the published sizes")
  }
}
