import Foundation

extension FlowCache {
  /// Bytes of the networks and records that are here.
  public var byteCount: Int {
    files.reduce(0) { sum, path in
      var info = stat()
      return lstat(path, &info) == 0 ? sum + Int(info.st_size) : sum
    }
  }

  /// Removes the networks and records, and folders that are empty then; a run that uses one goes on.
  ///
  /// - Returns: bytes of what is gone
  public func remove() -> Int {
    let before = byteCount
    for path in files { unlink(path) }
    for name in names(in: url.path) where Self.isDigest(name) { rmdir("\(url.path)/\(name)") }
    return before - byteCount
  }

  /// Paths of the records, and of the networks in their folders.
  private var files: [String] {
    let networks = Set(ModelFile.all.filter(\.isFlow).map(\.name))
    return names(in: url.path).flatMap { name in
      let path = "\(url.path)/\(name)"
      if name.hasSuffix(".json"), Self.isDigest(name.dropLast(5)) { return [path] }
      guard Self.isDigest(name) else { return [] }
      return names(in: path).filter(networks.contains).map { "\(path)/\($0)" }
    }
  }

  private func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  private static func isDigest(_ name: some StringProtocol) -> Bool {
    name.utf8.count == 64 && name.allSatisfy(\.isHexDigit)
  }
}
