import Foundation
import MMAudioKernels
import MMAudioMedia

/// Converted flow networks by the SHA-256 of what they were made from, as a folder of model folders.
///
/// A record for each source file tells its digest while its size, times and place on the disk stay, so that
/// gigabytes are hashed once and not at every start.
public struct FlowCache: Sendable {
  /// Where it is, made when it is needed.
  public let url: URL

  /// A cache that need not exist yet.
  public init(url: URL) { self.url = url }

  /// `$XDG_CACHE_HOME/mmaudio/flow`; `$XDG_CACHE_HOME` is `~/.cache` unless set.
  public static func standard(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> FlowCache {
    let cache = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let home = environment["HOME"] ?? NSHomeDirectory()
    return FlowCache(url: URL(fileURLWithPath: (cache ?? home + "/.cache") + "/mmaudio/flow"))
  }

  /// The file that `plan` makes of its only network, made now unless it is here.
  func converted(
    _ plan: ConversionPlan, _ network: ModelFile, preparing: () -> Void
  ) throws(WeightError) -> URL {
    var record = Record(of: plan.file)
    let recordURL = url.appendingPathComponent(Self.digest(of: plan.source.path) + ".json")
    if let before = Record(at: recordURL), before.isSameFile(as: record),
      let file = file(plan, network, before.sha256)
    {
      return file
    }
    preparing()
    try rethrowing { () throws(OutputError) in try makeOutputFolder(path: url.path) }
    record.sha256 = try plan.file.sha256()
    let folder = folder(record.sha256)
    if file(plan, network, record.sha256) == nil {
      do throws(WeightError) {
        try CheckpointConverter(into: folder.url, replaces: true)
          .convert(plan, sha256: record.sha256)
      } catch {
        guard case .output(let error) = error else { throw error }
        throw .cache(folder: url.path, error)
      }
    }
    try rethrowing { () throws(OutputError) in try record.write(to: recordURL) }
    return folder.url(of: network)
  }

  private func folder(_ sha256: String) -> ModelFolder {
    ModelFolder(path: url.appendingPathComponent(sha256).path)
  }

  /// The converted network, if it is here and whole.
  private func file(_ plan: ConversionPlan, _ network: ModelFile, _ sha256: String) -> URL? {
    let folder = folder(sha256)
    guard let file = try? network.open(in: folder), file.metadata["source_sha256"] == sha256,
      file.metadata[CheckpointConverter.copyKey] == plan.choice?.used
    else { return nil }
    return folder.url(of: network)
  }

  private func rethrowing(_ body: () throws(OutputError) -> Void) throws(WeightError) {
    do throws(OutputError) { try body() } catch { throw .cache(folder: url.path, error) }
  }

  private static func digest(of text: String) -> String {
    var digest = SHA256()
    Array(text.utf8).withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal
  }
}

/// What a source file was when it was hashed.
private struct Record: Codable {
  let path: String
  let size: Int
  /// Nanoseconds since 1970, of the last change to the contents and to the file as such.
  let changes: [Int]
  let device: UInt
  let inode: UInt
  var sha256 = ""

  /// What an open file is, without its digest.
  init(of file: InputFile) {
    let status = file.status
    path = file.path
    size = file.size
    changes = [status.st_mtim, status.st_ctim].map { $0.tv_sec * 1_000_000_000 + $0.tv_nsec }
    device = UInt(status.st_dev)
    inode = UInt(status.st_ino)
  }

  /// The record in a file, if there is a whole one.
  init?(at url: URL) {
    guard let data = try? Data(contentsOf: url),
      let record = try? JSONDecoder().decode(Self.self, from: data),
      record.sha256.count == 64, record.sha256.allSatisfy(\.isHexDigit)
    else { return nil }
    self = record
  }

  func isSameFile(as other: Record) -> Bool {
    path == other.path && size == other.size && changes == other.changes
      && device == other.device && inode == other.inode
  }

  /// Writes the record, whole or not at all.
  func write(to url: URL) throws(OutputError) {
    let file = try AtomicFile(path: url.path)
    try file.write([UInt8]((try? JSONEncoder().encode(self)) ?? Data()))
    try file.commit()
  }
}
