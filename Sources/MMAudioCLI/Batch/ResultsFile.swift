import Foundation
import MMAudio
import MMAudioMedia

/// `results.shard-0.jsonl` of an output folder: what became of every clip, a line each time.
///
/// A process that is killed leaves at most a line without its end, which does not count.
final class ResultsFile {
  private let path: String
  private let file: FileHandle
  /// The last result of every clip when the file was opened.
  let before: [String: ClipResult]

  /// Opens the file of a shard for adding, or makes it.
  ///
  /// - Throws: that it cannot be written
  init(folder: String, shard: Int) throws(CommandError) {
    path = "\(folder)/results.shard-\(shard).jsonl"
    before = Self.read(path)
    let descriptor = open(path.systemPath, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .resultsFile(path: path, reason: String(cString: strerror(errno)))
    }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    if let end = try? file.seekToEnd(), end > 0 {
      try? file.seek(toOffset: end - 1)
      let last = try? file.read(upToCount: 1)
      if last != Data("\n".utf8) { try? file.write(contentsOf: Data("\n".utf8)) }
    }
  }

  /// Adds a line.
  ///
  /// - Throws: that it cannot be written
  func add(_ result: ClipResult) throws {
    do {
      try file.write(contentsOf: Data((asciiJSON(result) + "\n").utf8))
    } catch {
      throw CommandError.resultsFile(path: path, reason: String(cString: strerror(errno)))
    }
  }

  /// The last result of every clip in a file; empty if there is none.
  static func read(_ path: String) -> [String: ClipResult] {
    guard let data = fileContents(path) else { return [:] }
    let decoder = JSONDecoder()
    var results: [String: ClipResult] = [:]
    for line in data.split(separator: UInt8(ascii: "\n")) {
      guard let result = try? decoder.decode(ClipResult.self, from: line) else { continue }
      results[result.id] = result
    }
    return results
  }
}
