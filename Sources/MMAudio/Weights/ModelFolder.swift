import Foundation

/// A folder of converted networks.
public struct ModelFolder: Sendable {
  /// Where the folder is.
  public let url: URL
  /// Whether a network's layers are read from its file for every use and let go afterwards, so that a
  /// few are resident at a time and not the whole network.
  public var lowMemory = false

  /// A flow network to use in place of the folder's own.
  public var flowWeights: FlowWeights?

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

  /// Where a network's file is, or would be.
  func url(of file: ModelFile) -> URL {
    if let flowWeights, file == .flow(flowWeights.variant) { return flowWeights.file }
    return url.appendingPathComponent(file.name)
  }

  /// Whether a network's file exists.
  public func contains(_ file: ModelFile) -> Bool {
    FileManager.default.fileExists(atPath: url(of: file).path)
  }

  /// The variants whose flow network is here, smallest first.
  public var variants: [ModelVariant] { ModelVariant.all.filter { contains(.flow($0)) } }

  /// The networks that a variant lacks to make sound for a video, none if it can be used.
  func lacking(_ variant: ModelVariant) -> [ModelFile] {
    ModelFile.needed(by: variant).filter { !contains($0) }
  }

  /// What networks were made from, without reading more than their headers.
  ///
  /// - Parameter files: which
  /// - Returns: SHA-256 of the published file by name; a file that does not say is left out
  /// - Throws: that one cannot be opened
  public func digests(of files: [ModelFile]) throws(WeightError) -> [String: String] {
    var digests: [String: String] = [:]
    for file in files { digests[file.name] = try file.open(in: self).metadata["source_sha256"] }
    return digests
  }

  /// Throws if a network is missing or its file broken, so that nobody waits minutes to learn of it.
  public func require(_ files: [ModelFile]) throws(WeightError) {
    let absent = files.filter { !contains($0) }
    guard absent.isEmpty else { throw missing(absent) }
    for file in files { _ = try file.open(in: self) }
  }
}
