import Foundation

/// A folder of converted networks.
public struct ModelFolder: Sendable {
  /// Where the folder is.
  public let url: URL

  /// A folder that need not exist yet.
  public init(path: String) { url = URL(fileURLWithPath: path) }

  /// The folder that `--models`, `$MMAUDIO_MODELS` or `$XDG_DATA_HOME/mmaudio/models` names, in this
  /// order; `$XDG_DATA_HOME` is `~/.local/share` unless set.
  public static func standard(
    named explicit: String? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> ModelFolder {
    if let explicit { return ModelFolder(path: explicit) }
    if let path = environment["MMAUDIO_MODELS"], !path.isEmpty { return ModelFolder(path: path) }
    let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let home = environment["HOME"] ?? NSHomeDirectory()
    return ModelFolder(path: (data ?? home + "/.local/share") + "/mmaudio/models")
  }

  /// Whether a network's file exists.
  public func contains(_ file: ModelFile) -> Bool {
    FileManager.default.fileExists(atPath: url.appendingPathComponent(file.name).path)
  }

  /// The published variants whose flow network is here.
  public var variants: [ModelVariant] { ModelVariant.all.filter { contains(.flow($0)) } }

  /// Throws for the first network that is missing, so that nobody waits minutes to learn of it.
  public func require(_ files: [ModelFile]) throws(WeightError) {
    for file in files where !contains(file) { throw file.missing(from: url) }
  }
}
