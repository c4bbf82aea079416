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

  /// Opens the file in `folder`.
  ///
  /// - Throws: `.modelFilesMissing`, which says how to get it, `.wrongNetwork`, or what
  ///   `SafetensorsFile` throws
  public func open(in folder: ModelFolder) throws(WeightError) -> SafetensorsFile {
    let url = folder.url.appendingPathComponent(name)
    let file: SafetensorsFile
    do throws(WeightError) {
      file = try SafetensorsFile(url, lowMemory: folder.lowMemory)
    } catch {
      guard case .fileMissing = error else { throw error }
      throw folder.missing([self])
    }
    if let converter = file.metadata[CheckpointConverter.versionKey],
      converter != CheckpointConverter.version
    {
      throw .otherConverter(path: file.path, found: converter)
    }
    let found = metadata.keys.sorted().map { file.metadata[$0] ?? "?" }
    let expected = metadata.sorted { $0.key < $1.key }.map(\.value)
    guard found == expected else {
      throw .wrongNetwork(
        path: file.path,
        found: found.contains("?")
          ? "nothing that `mmaudio convert` wrote" : found.joined(separator: " "),
        expected: expected.joined(separator: " "))
    }
    return file
  }

  private static func published(vae rate: AudioRate) -> String {
    "v1-\(rate.name.dropLast()).pth"
  }
}
