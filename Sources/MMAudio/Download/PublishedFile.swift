import Foundation

/// A file that the authors of a network published, and how to know it.
public struct PublishedFile: Sendable, Equatable {
  /// Who may do what with a file.
  public enum Licence: String, Sendable {
    /// MMAudio's checkpoints: not for commercial use.
    case mmaudio = "CC-BY-NC 4.0"
    /// DFN5B CLIP: Apple's licence for research.
    case clip = "apple-amlr (Apple, research only)"
    /// BigVGAN v2.
    case bigVGAN = "MIT"
  }

  /// Name of the file.
  public let name: String
  /// The folder that it is published in.
  let folder: String
  /// About how many bytes it has, as it was published.
  public let byteCount: Int
  /// MD5 in hexadecimal digits, where that was published.
  let md5: String?
  /// Its licence.
  public let licence: Licence
  /// What it is converted to.
  let models: [ModelFile]

  /// The published files that a variant needs, its flow network first.
  public static func files(for variant: ModelVariant) -> [PublishedFile] {
    ([flow(variant), vae(variant.rate), vocoder(variant.rate)] as [PublishedFile?]).compactMap(
      \.self)
      + [synchformer, clip]
  }

  private static let release = "https://github.com/hkchengrex/MMAudio/releases/download/v0.1/"

  private static func flow(_ variant: ModelVariant) -> PublishedFile? {
    let known: [String: (mebibytes: Int, md5: String)] = [
      "small_16k": (601, "af93cde404179f58e3919ac085b8033b"),
      "small_44k": (601, "babd74c884783d13701ea2820a5f5b6d"),
      "medium_44k": (2_458, "5a56b6665e45a1e65ada534defa903d0"),
      "large_44k": (3_994, "fed96c325a6785b85ce75ae1aafd2673"),
      "large_44k_v2": (3_994, "01ad4464f049b2d7efdaa4c1a59b8dfe"),
    ]
    return known[variant.name].map { known in
      PublishedFile(
        name: ModelFile.flow(variant).published,
        folder: "https://huggingface.co/hkchengrex/MMAudio/resolve/main/weights/",
        byteCount: known.mebibytes << 20, md5: known.md5, licence: .mmaudio,
        models: [.flow(variant)])
    }
  }

  private static func vae(_ rate: AudioRate) -> PublishedFile {
    let is16k = rate == .rate16k
    return PublishedFile(
      name: ModelFile.vaeDecoder(rate).published, folder: release,
      byteCount: (is16k ? 655 : 1_229) << 20,
      md5: is16k ? "69f56803f59a549a1a507c93859fd4d7" : "fab020275fa44c6589820ce025191600",
      licence: .mmaudio, models: [.vaeDecoder(rate), .vaeEncoder(rate)])
  }

  private static func vocoder(_ rate: AudioRate) -> PublishedFile {
    let name = ModelFile.vocoder(rate).published
    guard rate == .rate16k else {
      return PublishedFile(
        name: name,
        folder: "https://huggingface.co/nvidia/bigvgan_v2_44khz_128band_512x/resolve/main/",
        byteCount: 489_000_000, md5: nil, licence: .bigVGAN, models: [.vocoder(rate)])
    }
    return PublishedFile(
      name: name, folder: release, byteCount: 429 << 20, md5: "eeaf372a38a9c31c362120aba2dde292",
      licence: .mmaudio, models: [.vocoder(rate)])
  }

  private static let synchformer = PublishedFile(
    name: ModelFile.synchformer.published, folder: release, byteCount: 907 << 20,
    md5: "5b2f5594b0730f70e41e549b7c94390c", licence: .mmaudio, models: [.synchformer])

  private static let clip = PublishedFile(
    name: ModelFile.clipText.published,
    folder: "https://huggingface.co/apple/DFN5B-CLIP-ViT-H-14-384/resolve/main/",
    byteCount: 3_950_000_000, md5: nil, licence: .clip, models: [.clipText, .clipImage])
}
