import Foundation

/// What a model folder has, and ways to check and remove it.
public struct InstalledModels: Sendable {
  /// What a check found out about a file.
  public enum Condition: Sendable, Equatable {
    /// It is what was recorded.
    case good
    /// Its header is right, and nothing more is known, since `convert` made it and not `pull`.
    case noChecksum
    /// It is not what it should be, for a reason in words.
    case bad(String)
  }

  private let folder: ModelFolder

  /// The models in `folder`.
  public init(folder: ModelFolder) { self.folder = folder }

  /// The networks that `variant` lacks to make sound for a video, none if it can be used.
  public func missing(_ variant: ModelVariant) -> [ModelFile] {
    folder.lacking(variant)
  }

  /// Bytes of the files that `variant` uses, shared ones too.
  public func byteCount(of variant: ModelVariant) -> Int {
    ModelFile.files(of: variant).reduce(0) { $0 + byteCount(of: $1) }
  }

  /// Bytes of a network's file, 0 if it is not there.
  public func byteCount(of file: ModelFile) -> Int {
    var info = stat()
    return stat(url(file.name).path, &info) == 0 ? Int(info.st_size) : 0
  }

  /// Reads every file and compares it with its recorded digest.
  ///
  /// - Parameter report: called once for each file
  /// - Throws: `.damaged` after the last file if any is bad, or `.damagedRecord`
  public func verify(
    report: (_ name: String, Condition) -> Void
  ) throws(DownloadError) {
    let record = try DownloadRecord(in: folder)
    var damaged = 0
    for file in ModelFile.all where folder.contains(file) || record.models[file.name] != nil {
      let condition = condition(of: file, recorded: record.models[file.name])
      if case .bad = condition { damaged += 1 }
      report(file.name, condition)
    }
    guard damaged == 0 else { throw .damaged(count: damaged, folder: folder.url.path) }
  }

  /// The files that only `variants` need, which go when they are removed.
  ///
  /// - Parameter variants: installed ones
  /// - Returns: the networks in the folder that no other variant there uses
  /// - Throws: `.notInstalled`
  public func removable(_ variants: [ModelVariant]) throws(DownloadError) -> [ModelFile] {
    for variant in variants where !folder.contains(.flow(variant)) {
      throw .notInstalled(variant, folder: folder.url.path)
    }
    let kept = folder.variants.filter { !variants.contains($0) }.flatMap(ModelFile.files)
    let used = variants.flatMap(ModelFile.files)
    return ModelFile.all.filter { used.contains($0) && !kept.contains($0) && folder.contains($0) }
  }

  /// Removes files, and what is recorded about them.
  ///
  /// - Parameter files: what ``removable(_:)`` returned
  /// - Throws: that a file cannot be removed
  public func remove(_ files: [ModelFile]) throws(DownloadError) {
    let lock = try FolderLock(folder)
    defer { withExtendedLifetime(lock) {} }
    var record = try DownloadRecord(in: folder)
    for file in files {
      guard unlink(url(file.name).path) == 0 || errno == ENOENT else {
        let reason = String(cString: strerror(errno))
        throw .output(.writeFailed(path: url(file.name).path, reason: reason))
      }
      record.models[file.name] = nil
      record.downloads[file.published] = nil
    }
    try record.write(in: folder)
  }

  private func condition(of file: ModelFile, recorded: String?) -> Condition {
    do throws(WeightError) {
      _ = try file.open(in: folder)
      guard let recorded else { return .noChecksum }
      let found = try InputFile(url(file.name)).sha256()
      return found == recorded ? .good : .bad("its SHA-256 is \(found), expected \(recorded)")
    } catch {
      return .bad(error.description)
    }
  }

  private func url(_ name: String) -> URL { folder.url.appendingPathComponent(name) }
}
