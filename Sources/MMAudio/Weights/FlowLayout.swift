/// The flow network, Python `MMAudio` in `networks.py`.
enum FlowLayout {
  /// A tensor that no other network has.
  static let marker = "audio_input_proj.0.weight"

  /// - Throws: `.missing`, `.malformed` or `.wrongVariant`.
  static func layout(
    _ table: TensorTable, _ variant: ModelVariant
  ) throws(WeightError) -> NetworkLayout {
    let size = try FlowSize(table)
    let (hidden, latent) = (size.hidden, size.latent)
    let clip = try table.size("empty_clip_feat", 1)
    let sync = try table.size("empty_sync_feat", 1)
    let text = try table.size("empty_string_feat", 1)
    if let problem = size.conflict(with: variant) {
      throw .wrongVariant(
        path: table.path, variant: variant, problem: problem, fitting: size.candidates)
    }
    let projection = variant.version == 1 ? 1 : 2

    var output = NetworkLayout.Output(file: .flow(variant))
    output.add("sync_pos_emb", [1, 1, 8, sync])
    output.add("latent_mean", [1, 1, latent])
    output.add("latent_std", [1, 1, latent])
    output.add("empty_string_feat", [77, text])
    output.add("empty_clip_feat", [1, clip])
    output.add("empty_sync_feat", [1, sync])
    output.affine("audio_input_proj.0", hidden, latent, kernel: [7])
    output.gatedMLP("audio_input_proj.2", hidden, kernel: [7])
    output.affine("clip_input_proj.0", hidden, clip)
    output.gatedMLP("clip_input_proj.\(projection)", hidden, kernel: [3])
    output.affine("sync_input_proj.0", hidden, sync, kernel: [7])
    output.gatedMLP("sync_input_proj.2", hidden, kernel: [3])
    output.affine("text_input_proj.0", hidden, text)
    output.gatedMLP("text_input_proj.\(projection)", hidden)
    output.affine("clip_cond_proj", hidden, hidden)
    output.affine("text_cond_proj", hidden, hidden)
    output.gatedMLP("global_cond_mlp", hidden)
    output.affine("final_layer.adaLN_modulation.1", 2 * hidden, hidden)
    output.affine("final_layer.conv", latent, hidden, kernel: [7])
    output.affine("t_embed.mlp.0", hidden, variant.version == 1 ? 256 : hidden)
    output.affine("t_embed.mlp.2", hidden, hidden)

    let head = try table.size("joint_blocks.0.latent_block.attn.q_norm.weight", 0)
    for block in 0..<size.joint {
      // The last joint block updates only the latent stream.
      let isLast = block == size.joint - 1
      let name = "joint_blocks.\(block)"
      output.stream("\(name).latent_block", hidden, head: head, kernel: [3])
      output.stream("\(name).clip_block", hidden, head: head, kernel: [3], attentionOnly: isLast)
      output.stream("\(name).text_block", hidden, head: head, attentionOnly: isLast)
    }
    for block in 0..<size.fused {
      output.stream("fused_blocks.\(block)", hidden, head: head, kernel: [3])
    }
    // Older checkpoints carry what is computed from the architecture.
    return NetworkLayout(
      outputs: [output], ignored: ["t_embed.freqs", "latent_rot", "clip_rot"])
  }
}

extension NetworkLayout.Output {
  /// Python `MLP` and `ConvMLP`: two thirds of `4 * size`, rounded up to 256.
  fileprivate mutating func gatedMLP(_ name: String, _ size: Int, kernel: [Int] = []) {
    let width = (2 * (4 * size) / 3 + 255) / 256 * 256
    self.kernel("\(name).w1.weight", [width, size] + kernel)
    self.kernel("\(name).w2.weight", [size, width] + kernel)
    self.kernel("\(name).w3.weight", [width, size] + kernel)
  }

  /// Python `MMDitSingleBlock`; `attentionOnly` is its `pre_only`.
  fileprivate mutating func stream(
    _ name: String, _ size: Int, head: Int, kernel: [Int] = [], attentionOnly: Bool = false
  ) {
    affine("\(name).attn.qkv", 3 * size, size)
    add("\(name).attn.q_norm.weight", [head])
    add("\(name).attn.k_norm.weight", [head])
    affine("\(name).adaLN_modulation.1", (attentionOnly ? 2 : 6) * size, size)
    guard !attentionOnly else { return }
    affine("\(name).linear1", size, size, kernel: kernel)
    gatedMLP("\(name).ffn", size, kernel: kernel)
  }
}
