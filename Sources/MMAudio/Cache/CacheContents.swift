import Foundation
import MMAudioMedia

/// The entries of a feature cache.
public struct CacheContents {
  /// A file of the cache.
  struct Entry {
    let kind: String
    let path: String
    let byteCount: Int
    /// Nanoseconds since 1970, of the last use.
    let used: Int
  }

  /// How much there is of one kind.
  public struct Kind: Sendable, Equatable, Encodable {
    /// Which encoder made it.
    public let kind: String
    /// How many files.
    public let entries: Int
    /// Their sizes together.
    public let bytes: Int
  }

  /// Files that belong to the cache, in no order.
  let entries: [Entry]

  /// Looks through a cache's folder, which need not exist.
  ///
  /// - Parameter url: the folder
  public init(_ url: URL) { self.init(url, removingLeftovers: false) }

  /// Looks through a cache's folder and, if told so, removes what killed processes have left there.
  init(_ url: URL, removingLeftovers: Bool) {
    entries = FeatureKey.kinds.flatMap { kind in
      let place = "\(url.path)/\(kind)"
      return Self.names(place).filter(Self.isPrefix).flatMap { prefix in
        let folder = "\(place)/\(prefix)"
        if removingLeftovers { TemporaryFiles.removeLeftovers(in: folder) }
        return Self.names(folder).filter { Self.isDigest($0) && $0.hasPrefix(prefix) }
          .compactMap { Self.entry(kind, "\(folder)/\($0)") }
      }
    }
  }

  /// How much there is by kind, of every kind.
  public var kinds: [Kind] {
    FeatureKey.kinds.map { kind in
      let these = entries.filter { $0.kind == kind }
      return Kind(
        kind: kind, entries: these.count, bytes: these.reduce(0) { $0 + $1.byteCount })
    }
  }

  /// Removes the entries, and folders that are empty then.
  ///
  /// - Returns: how many, and their bytes
  public func remove() -> (entries: Int, bytes: Int) {
    let removed = entries.filter { unlink($0.path) == 0 }
    for folder in Set(entries.map { ($0.path as NSString).deletingLastPathComponent }) {
      rmdir(folder)
    }
    return (removed.count, removed.reduce(0) { $0 + $1.byteCount })
  }

  private static func names(_ folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  private static func isPrefix(_ name: String) -> Bool { name.count == 2 && isHexadecimal(name) }

  private static func isDigest(_ name: String) -> Bool { name.count == 64 && isHexadecimal(name) }

  private static func isHexadecimal(_ name: String) -> Bool {
    name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  private static func entry(_ kind: String, _ path: String) -> Entry? {
    var info = stat()
    // It may be gone since the folder was listed.
    guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
    return Entry(
      kind: kind, path: path, byteCount: Int(info.st_size),
      used: info.st_mtim.tv_sec * 1_000_000_000 + info.st_mtim.tv_nsec)
  }
}
