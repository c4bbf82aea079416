/// Synchformer's visual branch, Python `Synchformer` in `synchformer.py`.
enum SynchformerLayout {
  /// A tensor that no other network has.
  static let marker = "vfeat_extractor.patch_embed_3d.proj.weight"

  /// - Throws: `.missing` or `.malformed`.
  static func layout(_ table: TensorTable) throws(WeightError) -> NetworkLayout {
    let root = "vfeat_extractor"
    let size = try table.size(marker, 0)
    let patch = try table.size(marker, 4)
    var output = NetworkLayout.Output(file: .synchformer)
    output.add("\(root).cls_token", [1, 1, size])
    output.add("\(root).pos_embed", [1, try table.size("\(root).pos_embed", 1), size])
    output.add("\(root).temp_embed", [1, try table.size("\(root).temp_embed", 1), size])
    output.affine(
      "\(root).patch_embed_3d.proj", size, 3, kernel: [try table.size(marker, 2), patch, patch])
    for block in 0..<(try table.count(of: "\(root).blocks")) {
      let name = "\(root).blocks.\(block)"
      let width = try table.size("\(name).mlp.fc1.weight", 0)
      for norm in ["norm1", "norm2", "norm3"] { output.norm("\(name).\(norm)", size) }
      for attention in ["attn", "timeattn"] {
        output.affine("\(name).\(attention).qkv", 3 * size, size)
        output.affine("\(name).\(attention).proj", size, size)
      }
      output.affine("\(name).mlp.fc1", width, size)
      output.affine("\(name).mlp.fc2", size, width)
    }
    output.norm("\(root).norm", size)
    let aggregation = "\(root).spatial_attn_agg"
    let width = try table.size("\(aggregation).linear1.weight", 0)
    output.add("\(aggregation).cls_token", [1, 1, size])
    output.attention("\(aggregation).self_attn", size)
    output.affine("\(aggregation).linear1", width, size)
    output.affine("\(aggregation).linear2", size, width)
    output.norm("\(aggregation).norm1", size)
    output.norm("\(aggregation).norm2", size)
    // The audio branch and the synchronisation head stay behind, and so does the 2D patch
    // embedding, which the 3D one replaces.
    let others = Set(table.names.map { String($0.prefix { $0 != "." }) }).subtracting([root])
    return NetworkLayout(
      outputs: [output], ignored: ["\(root).patch_embed.proj."] + others.sorted())
  }
}

/// Both towers of CLIP, open_clip's `CLIP` with a built-in text tower, in a file each.
enum CLIPLayout {
  /// A tensor that no other network has.
  static let marker = "visual.conv1.weight"

  /// - Throws: `.missing` or `.malformed`.
  static func layout(_ table: TensorTable) throws(WeightError) -> NetworkLayout {
    let size = try table.size(marker, 0)
    let patch = try table.size(marker, 2)
    var image = NetworkLayout.Output(file: .clipImage)
    image.add("visual.class_embedding", [size])
    image.add(
      "visual.positional_embedding", [try table.size("visual.positional_embedding", 0), size])
    image.add("visual.proj", [size, try table.size("visual.proj", 1)])
    image.kernel("visual.conv1.weight", [size, 3, patch, patch])
    image.norm("visual.ln_pre", size)
    try image.transformer("visual.transformer", size, table)
    image.norm("visual.ln_post", size)

    let textSize = try table.size("token_embedding.weight", 1)
    var text = NetworkLayout.Output(file: .clipText)
    text.add("positional_embedding", [77, textSize])
    text.add("token_embedding.weight", [try table.size("token_embedding.weight", 0), textSize])
    try text.transformer("transformer", textSize, table)
    text.norm("ln_final", textSize)
    // MMAudio takes the last hidden states: no projection, no similarity.
    return NetworkLayout(
      outputs: [image, text], ignored: ["text_projection", "logit_scale", "logit_bias"])
  }
}

extension NetworkLayout.Output {
  /// open_clip's `Transformer` of residual attention blocks.
  fileprivate mutating func transformer(
    _ name: String, _ size: Int, _ table: TensorTable
  ) throws(WeightError) {
    for block in 0..<(try table.count(of: "\(name).resblocks")) {
      let name = "\(name).resblocks.\(block)"
      let width = try table.size("\(name).mlp.c_fc.weight", 0)
      norm("\(name).ln_1", size)
      attention("\(name).attn", size)
      norm("\(name).ln_2", size)
      affine("\(name).mlp.c_fc", width, size)
      affine("\(name).mlp.c_proj", size, width)
    }
  }
}
