import Foundation
import MMAudioMedia

/// A file to which lines with times are added.
final class LogFile {
  private let file: FileHandle

  /// Opens the file at `path`, or makes it.
  ///
  /// - Throws: that it cannot be written
  init(path: String) throws(CommandError) {
    let descriptor = open(path.systemPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .logFile(path: path, reason: String(cString: strerror(errno)))
    }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Adds a line; a full disk does not end the work that the line is about.
  func add(_ line: String) {
    let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    try? file.write(contentsOf: Data("\(time) \(line.readable)\n".utf8))
  }
}
