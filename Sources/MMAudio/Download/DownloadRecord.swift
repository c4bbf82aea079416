import Foundation
import MMAudioMedia

/// `downloads.json` of a model folder: the SHA-256 of what was downloaded and of what it became.
struct DownloadRecord: Codable, Equatable {
  /// Published files by name.
  var downloads: [String: String] = [:]
  /// Model files by name.
  var models: [String: String] = [:]

  /// An empty record.
  init() {}

  /// The record in `folder`, empty if there is none.
  init(in folder: ModelFolder) throws(DownloadError) {
    let url = Self.url(in: folder)
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    guard let data = try? Data(contentsOf: url),
      let record = try? JSONDecoder().decode(Self.self, from: data)
    else { throw .damagedRecord(path: url.path) }
    self = record
  }

  /// The SHA-256 of a published file that was converted.
  ///
  /// Records of earlier versions have digests of files that nobody could read, which nothing was
  /// converted from.
  func digest(of file: PublishedFile) -> String? {
    file.models.allSatisfy { models[$0.name] != nil } ? downloads[file.name] : nil
  }

  /// Writes the record, whole or not at all.
  func write(in folder: ModelFolder) throws(DownloadError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let bytes = [UInt8]((try? encoder.encode(self)) ?? Data())
    try DownloadError.rethrowing { () throws(OutputError) in
      let file = try AtomicFile(path: Self.url(in: folder).path)
      try file.write(bytes)
      try file.commit()
    }
  }

  private static func url(in folder: ModelFolder) -> URL {
    folder.url.appendingPathComponent("downloads.json")
  }
}
