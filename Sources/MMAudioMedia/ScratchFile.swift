import Foundation

/// A file of bytes on their way to a pipe, in the folder for temporary files.
final class ScratchFile {
  let path: String

  /// - Parameter output: where the bytes go, for messages
  /// - Throws: that no file can be created
  init(for output: String) throws(OutputError) {
    let (path, descriptor) = TemporaryFiles.create(in: NSTemporaryDirectory())
    guard descriptor >= 0 else {
      throw .cannotCreate(path: output, reason: systemText(-descriptor))
    }
    close(descriptor)
    self.path = path
  }

  deinit { TemporaryFiles.remove(path) }

  /// Appends all bytes to another file.
  func copy(to file: AtomicFile) throws {
    guard let source = FileHandle(forReadingAtPath: path) else {
      throw OutputError.writeFailed(path: path, reason: systemText(errno))
    }
    while let bytes = try source.read(upToCount: 1 << 20), !bytes.isEmpty {
      try file.write(Array(bytes))
    }
  }
}
