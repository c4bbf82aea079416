import Foundation

/// A folder of converted networks.
public struct ModelFolder: Sendable {
  /// Where the folder is.
  public let url: URL
  /// Whether a network's layers are read from its file for every use and let go afterwards, so that a
  /// few are resident at a time and not the whole network.
  public var lowMemory = false

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

  /// The variants whose flow network is here, smallest first.
  public var variants: [ModelVariant] { ModelVariant.all.filter { contains(.flow($0)) } }

  /// Throws if a network is missing or its file broken, so that nobody waits minutes to learn of it.
  public func require(_ files: [ModelFile]) throws(WeightError) {
    let absent = files.filter { !contains($0) }
    guard absent.isEmpty else { throw missing(absent) }
    for file in files { _ = try file.open(in: self) }
  }

  /// The error to throw when files are not here: why the folder cannot be used, else which they are.
  func missing(_ files: [ModelFile]) -> WeightError {
    var info = stat()
    if stat(url.path, &info) == 0, info.st_mode & S_IFMT != S_IFDIR {
      return .unreadable(path: url.path, reason: "it is not a folder of models")
    }
    for file in files where stat(url.appendingPathComponent(file.name).path, &info) != 0 {
      let code = errno
      guard code == ENOENT else {
        return .unreadable(path: url.path, reason: String(cString: strerror(code)))
      }
    }
    let belongsToNano = files.contains(.flow(.nano)) || variants == [.nano]
    return belongsToNano
      ? .shippedFilesMissing(folder: url.path, files: files)
      : .modelFilesMissing(folder: url.path, files: files, variant: variant(needing: files))
  }

  /// The published variant that is here or asked for and needs `files`.
  private func variant(needing files: [ModelFile]) -> ModelVariant {
    let published = ModelVariant.published
    if let asked = published.first(where: { files.contains(.flow($0)) }) { return asked }
    let rates = files.compactMap { $0.metadata["rate"] }
    let fitting = published.filter { rates.isEmpty || rates.contains($0.rate.name) }
    return fitting.last(where: variants.contains) ?? fitting.last ?? .standard
  }
}
