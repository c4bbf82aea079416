/// What the tensors of a flow network say about its variant.
struct FlowSize: Sendable, Equatable {
  /// Channels inside the network.
  let hidden: Int
  /// Blocks of three streams.
  let joint: Int
  /// Blocks of the latent stream alone.
  let fused: Int
  /// Channels of a latent, which belong to a sample rate.
  let latent: Int
  /// Design of the input projections.
  let version: Int

  /// Reads the sizes off a flow network; throws `.missing` or `.malformed`.
  init(_ table: TensorTable) throws(WeightError) {
    hidden = try table.size(FlowLayout.marker, 0)
    latent = try table.size(FlowLayout.marker, 1)
    joint = try table.count(of: "joint_blocks")
    fused = try table.count(of: "fused_blocks")
    version = table["clip_input_proj.2.w1.weight"] == nil ? 1 : 2
  }

  /// The sizes that a variant was made in.
  init(_ variant: ModelVariant) {
    guard let blocks = Self.blocks[variant.name] else {
      preconditionFailure("FlowSize: no sizes for \(variant.name)")
    }
    (hidden, joint, fused) = blocks
    latent = variant.rate.latentChannels
    version = variant.version
  }

  private static let blocks = [
    "nano_16k": (hidden: 96, joint: 2, fused: 3),
    "small_16k": (hidden: 448, joint: 4, fused: 8),
    "small_44k": (hidden: 448, joint: 4, fused: 8),
    "medium_44k": (hidden: 896, joint: 4, fused: 8),
    "large_44k": (hidden: 896, joint: 7, fused: 14),
    "large_44k_v2": (hidden: 896, joint: 7, fused: 14),
  ]

  /// The variants that it can be: the one of these very sizes, or else all of its rate and design, since
  /// a network of one's own may be wider or deeper.
  var candidates: [ModelVariant] {
    if let exact = ModelVariant.all.first(where: { FlowSize($0) == self }) { return [exact] }
    return ModelVariant.all.filter { $0.rate.latentChannels == latent && $0.version == version }
  }

  /// Why it cannot be `variant`, or nothing.
  func conflict(with variant: ModelVariant) -> String? {
    let expected = FlowSize(variant)
    if latent != expected.latent {
      return "its latents have \(latent) channels, expected \(expected.latent)"
    }
    if version != expected.version {
      return "its input projections are version \(version), expected \(expected.version)"
    }
    guard !candidates.contains(variant) else { return nil }
    return "it has \(joint) + \(fused) blocks of \(hidden) channels, expected "
      + "\(expected.joint) + \(expected.fused) of \(expected.hidden)"
  }
}
