import Foundation
import MMAudioMedia

/// A file that lists clips: JSON Lines, or CSV whose first line names the columns.
///
/// Paths of videos are relative to the folder of the manifest, or to the current folder where it comes
/// from the standard input.
struct Manifest {
  /// Most bytes of a manifest; the plan of it is held in memory.
  static let longest = 64 << 20
  /// Most bytes of a row.
  static let longestRow = PromptFile.longest

  /// The clips, in the order of the file, each with an id.
  let rows: [ClipRow]

  /// Reads the manifest at `path`, or JSON Lines from the standard input for `-`.
  init(path: String) throws(BatchError) {
    let read = try Self.reader(of: path)
    let isPipe = path == StandardInput.path
    guard let file = isPipe ? .standardInput : FileHandle(forReadingAtPath: path),
      // An empty file has no data at all.
      let data = try? file.read(upToCount: Self.longest + 1) ?? Data()
    else { throw .unreadable(path: path) }
    guard data.count <= Self.longest else {
      throw .manifestTooLarge(path: path, most: Self.longest)
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]  // UTF-8's byte order mark, which some editors write
    let rows = try read(data.starts(with: mark) ? data.dropFirst(mark.count) : data, path)
    guard !rows.isEmpty else { throw .emptyManifest(path: path) }
    let folder = isPipe ? "" : (path as NSString).deletingLastPathComponent
    self.rows = try rows.map { row throws(BatchError) in try Self.finished(row, in: folder) }
  }

  private static func reader(
    of path: String
  ) throws(BatchError) -> (Data, String) throws(BatchError) -> [ClipRow] {
    switch (path as NSString).pathExtension.lowercased() {
    case _ where path == StandardInput.path: JSONLines.rows
    case "jsonl", "ndjson": JSONLines.rows
    case "csv": CommaSeparatedRows.rows
    default: throw .manifestFormat(path: path)
    }
  }

  /// The row with an id, and with the path of its video from the current folder.
  private static func finished(_ row: ClipRow, in folder: String) throws(BatchError) -> ClipRow {
    var row = row
    if let video = row.video {
      guard !video.isEmpty, !video.hasControlCharacters else {
        throw .row(row.source, problem: .badPath)
      }
      if row.id.isEmpty { row.id = video.withoutExtension.normalizedPath }
      if !folder.isEmpty, !video.hasPrefix("/") {
        row.video = folder.hasSuffix("/") ? folder + video : "\(folder)/\(video)"
      }
      // It would stand for the standard input.
      if row.video == StandardInput.path { row.video = "./\(video)" }
    }
    guard !row.id.isEmpty else { throw .row(row.source, problem: .noID) }
    return row
  }
}
