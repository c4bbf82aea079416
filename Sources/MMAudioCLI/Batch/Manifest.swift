import Foundation
import MMAudioMedia

/// A file that lists clips: JSON Lines, or CSV whose first row names the columns.
///
/// Paths of videos are relative to the folder of the manifest, or to the current folder where it comes
/// from the standard input.
struct Manifest {
  /// Most bytes of a manifest; the plan of it is held in memory.
  static let longest = 64 << 20
  /// Most bytes of a row.
  static let longestRow = PromptFile.longest

  /// The clips, in the order of the file, each with an id; those that are none fail.
  let rows: [ClipRow]

  /// Reads the manifest at `path`, or JSON Lines from the standard input for `-`.
  init(path: String) throws(BatchError) {
    let read = try Self.reader(of: path)
    let isPipe = path == StandardInput.path
    guard let file = isPipe ? .standardInput : fileHandle(forReading: path),
      // An empty file has no data at all.
      let data = try? file.read(upToCount: Self.longest + 1) ?? Data()
    else { throw .unreadable(path: path) }
    guard data.count <= Self.longest else {
      throw .manifestTooLarge(path: path, most: Self.longest)
    }
    guard let text = TextFile.utf8(data) else { throw .manifestText(path: path) }
    let rows = try read(text, path)
    guard !rows.isEmpty else { throw .emptyManifest(path: path) }
    let folder = isPipe ? "" : path.parentPath
    self.rows = rows.map { Self.finished($0, in: folder) }
  }

  private static func reader(
    of path: String
  ) throws(BatchError) -> (Data, String) throws(BatchError) -> [ClipRow] {
    switch path.dottedExtension.lowercased() {
    case _ where path == StandardInput.path: JSONLines.rows
    case ".jsonl", ".ndjson": JSONLines.rows
    case ".csv", ".tsv": CommaSeparatedRows.rows
    default: throw .manifestFormat(path: path)
    }
  }

  /// The row with an id, and with the path of its video from the current folder.
  private static func finished(_ row: ClipRow, in folder: String) -> ClipRow {
    var row = row
    if let video = row.video {
      if video.isEmpty || video.hasControlCharacters {
        row.fail(of: BatchError.row(row.source, problem: .badPath))
      }
      if row.id.isEmpty {
        row.id = video.withoutExtension.normalizedPath
        row.longerIDs = [video.normalizedPath]
      }
      row.video = video.utf8.first == UInt8(ascii: "/") ? video : folder + video
      // It would stand for the standard input.
      if row.video == StandardInput.path { row.video = "./\(video)" }
    }
    if row.id.isEmpty { row.fail(of: BatchError.row(row.source, problem: .noID)) }
    return row
  }
}
