import Foundation

/// A file of a model folder: one network, as `convert` writes it and the stages open it.
public struct ModelFile: Sendable, Equatable {
  /// Name in the model folder.
  public let name: String
  /// What it holds, in words.
  public let network: String
  /// The published file that it is made from.
  public let published: String
  /// What the converter stores about it: `network`, and `variant` or `rate`.
  let metadata: [String: String]

  /// The flow network of a variant.
  public static func flow(_ variant: ModelVariant) -> ModelFile {
    ModelFile(
      name: "flow_\(variant.name).safetensors", network: "flow network \(variant.name)",
      published: "mmaudio_\(variant.name).pth",
      metadata: ["network": "flow", "variant": variant.name])
  }

  /// Whether it is the flow network of a variant.
  var isFlow: Bool { metadata["network"] == "flow" }

  /// The decoder of the mel VAE, latents to mel spectrogram.
  public static func vaeDecoder(_ rate: AudioRate) -> ModelFile {
    ModelFile(
      name: "vae_\(rate.name).safetensors", network: "\(rate.name) mel decoder",
      published: published(vae: rate),
      metadata: ["network": "vae", "rate": rate.name])
  }

  /// The encoder of the mel VAE, which only `stage vae-encode` uses.
  public static func vaeEncoder(_ rate: AudioRate) -> ModelFile {
    ModelFile(
      name: "vae_encoder_\(rate.name).safetensors", network: "\(rate.name) mel encoder",
      published: published(vae: rate),
      metadata: ["network": "vae_encoder", "rate": rate.name])
  }

  /// BigVGAN, mel spectrogram to waveform.
  public static func vocoder(_ rate: AudioRate) -> ModelFile {
    ModelFile(
      name: "vocoder_\(rate.name).safetensors", network: "\(rate.name) vocoder",
      published: rate == .rate16k ? "best_netG.pt" : "bigvgan_generator.pt",
      metadata: ["network": "vocoder", "rate": rate.name])
  }

  /// Synchformer's visual branch.
  public static let synchformer = ModelFile(
    name: "synchformer.safetensors", network: "Synchformer",
    published: "synchformer_state_dict.pth",
    metadata: ["network": "synchformer"])

  /// CLIP's image tower.
  public static let clipImage = ModelFile(
    name: "clip_image.safetensors", network: "CLIP image encoder",
    published: "open_clip_pytorch_model.bin",
    metadata: ["network": "clip_image"])

  /// CLIP's text tower.
  public static let clipText = ModelFile(
    name: "clip_text.safetensors", network: "CLIP text encoder",
    published: "open_clip_pytorch_model.bin",
    metadata: ["network": "clip_text"])

  /// All files that a model folder can have.
  static let all =
    AudioRate.all.flatMap { rate in
      ModelVariant.all.filter { $0.rate == rate }.map(flow)
        + [vaeDecoder(rate), vaeEncoder(rate), vocoder(rate)]
    } + [synchformer, clipText, clipImage]

  /// What a variant uses to make sound for a video.
  public static func needed(by variant: ModelVariant) -> [ModelFile] {
    files(of: variant).filter { $0 != vaeEncoder(variant.rate) }
  }

  /// What a variant uses to make sound for a video, and the mel encoder, which belongs to the decoder.
  static func files(of variant: ModelVariant) -> [ModelFile] {
    let rate = variant.rate
    return [
      flow(variant), vaeDecoder(rate), vaeEncoder(rate), vocoder(rate), synchformer, clipText,
      clipImage,
    ]
  }

  /// The file that has these metadata, whatever its name.
  init?(metadata: [String: String]) {
    let file = Self.all.first { file in
      file.metadata.allSatisfy { metadata[$0.key] == $0.value }
    }
    guard let file else { return nil }
    self = file
  }

  private init(name: String, network: String, published: String, metadata: [String: String]) {
    self.name = name
    self.network = network
    self.published = published
    self.metadata = metadata
  }

  /// Opens the file in `folder`.
  ///
  /// - Throws: what ``ModelFolder`` says of missing files, `.wrongNetwork`, `.publishedUnderModelName`,
  ///   `.otherConverter`, or what `SafetensorsFile` throws
  public func open(in folder: ModelFolder) throws(WeightError) -> SafetensorsFile {
    let url = folder.url(of: self)
    let file: SafetensorsFile
    do throws(WeightError) {
      file = try SafetensorsFile(url, lowMemory: folder.lowMemory)
    } catch {
      switch error {
      case .fileMissing: throw folder.missing([self])
      // The system is to blame, not what is in the file.
      case .noMemory, .unreadable: throw error
      // A published file under a converted one's name need not be safetensors.
      default: throw wrongNetwork(url) ?? error
      }
    }
    if let converter = file.metadata[CheckpointConverter.versionKey],
      converter != CheckpointConverter.version
    {
      throw .otherConverter(path: file.path, found: converter)
    }
    guard metadata.allSatisfy({ file.metadata[$0.key] == $0.value }) else {
      throw wrongNetwork(url)
        ?? .wrongNetwork(
          path: file.path, found: "nothing that `mmaudio convert` wrote", expected: self)
    }
    return file
  }

  /// What is wrong with a file that holds another network, or this one as it was published.
  private func wrongNetwork(_ url: URL) -> WeightError? {
    guard let found = FoundWeights(url) else { return nil }
    guard found.isConverted else {
      return .publishedUnderModelName(path: url.path, found: found.files)
    }
    return .wrongNetwork(path: url.path, found: "the " + found.files.networks, expected: self)
  }

  private static func published(vae rate: AudioRate) -> String {
    "v1-\(rate.name.dropLast()).pth"
  }
}
