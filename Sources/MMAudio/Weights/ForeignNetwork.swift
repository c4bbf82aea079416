/// Networks that are easily taken for one of MMAudio's, known by a piece of a tensor's name.
struct ForeignNetwork {
  /// What it is, in words.
  let name: String
  /// What MMAudio uses in its place, if anything.
  let substitute: String?
  private let piece: String

  /// The first that one of the tensors belongs to.
  init?(tensors: [String]) {
    let known = Self.all.first { known in tensors.contains { $0.contains(known.piece) } }
    guard let known else { return nil }
    self = known
  }

  private init(_ name: String, _ substitute: String?, _ piece: String) {
    self.name = name
    self.substitute = substitute
    self.piece = piece
  }

  private static let trained =
    "the weights that training saves as NAME_last.pth or NAME_ema_final.pth"

  private static let all = [
    ForeignNetwork("the state of an optimizer", trained, "exp_avg"),
    ForeignNetwork(
      "CLIP as Transformers names its tensors", "open_clip_pytorch_model.bin",
      "text_model.encoder.layers."),
    ForeignNetwork(
      "a discriminator of BigVGAN", "its generator, bigvgan_generator.pt or best_netG.pt",
      "discriminators.0."),
    ForeignNetwork("Stable Diffusion", nil, "model.diffusion_model."),
    ForeignNetwork("a ResNet", nil, "layer1.0.conv1.weight"),
  ]
}
