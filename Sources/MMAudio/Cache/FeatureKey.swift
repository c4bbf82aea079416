import Foundation
import MMAudioKernels

/// All that an encoder's features depend on, as a digest; also where they are in the cache.
struct FeatureKey: Sendable {
  /// Encoders whose features are kept, by the names of their folders.
  static let kinds = [ModelFile.clipImage, .synchformer, .clipText].map(kind)

  /// Raised when the layout of entries changes.
  private static let version = "mmaudio features 1"

  /// Name of the encoder.
  let kind: String
  /// 64 hexadecimal digits.
  let digest: String

  /// The key of what `network` makes of `content`; nil if the encoder's file does not say what it was made
  /// from, or the system not which program this is.
  ///
  /// - Parameters:
  ///   - network: an encoder
  ///   - models: where its file is
  ///   - content: what goes into it, as bytes
  ///   - counts: sizes that the bytes do not tell
  /// - Throws: that the file cannot be read
  init?(
    _ network: ModelFile, in models: ModelFolder, content: UnsafeRawBufferPointer, counts: [Int]
  ) throws(WeightError) {
    let metadata = try network.open(in: models).metadata
    guard let source = metadata["source_sha256"], let program = Self.program else { return nil }
    let size = try InputFile(models.url(of: network)).size
    let facts = [
      Self.version, program, network.name, source, metadata["dtype"] ?? "",
      metadata[CheckpointConverter.versionKey] ?? "", "\(size)", "\(counts)",
    ]
    var digest = SHA256()
    Array(facts.joined(separator: "\n").utf8).withUnsafeBytes { digest.update($0) }
    digest.updateInLanes(content)
    kind = Self.kind(network)
    self.digest = digest.hexadecimal
  }

  /// Where the entry is below the cache's folder.
  var path: String { "\(kind)/\(digest.prefix(2))/\(digest)" }

  private static func kind(_ network: ModelFile) -> String {
    String(network.name.prefix { $0 != "." })
  }

  /// Which build this is and what it runs on: others may round otherwise.
  private static var program: String? {
    var info = stat()
    guard stat(Program.path, &info) == 0 else { return nil }
    return "\(info.st_size) \(info.st_mtim.tv_sec) \(info.st_mtim.tv_nsec) \(Machine.description)"
  }
}
