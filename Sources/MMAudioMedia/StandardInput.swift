import Foundation
import Synchronization

/// What is piped into the process, as a file that can be read from any place and as often as needed.
///
/// Many containers have their index at the end, which a pipe cannot go to; so everything is copied
/// into a file without a name, which is gone with the process however that ends.
public enum StandardInput {
  /// The path that stands for it.
  public static let path = "-"

  private static let copy = Mutex<FileHandle?>(nil)

  /// Where a file that the user named can be opened.
  ///
  /// - Parameter path: of a file, or ``path``
  /// - Returns: the same, or a path of the copy, which is made at the first call
  /// - Throws: that nothing is piped in, or no copy can be made
  public static func place(of path: String) throws(MediaError) -> String {
    path == self.path ? try place() : path
  }

  private static func place() throws(MediaError) -> String {
    let outcome = copy.withLock { copy -> Result<Int32, MediaError> in
      if let copy { return .success(copy.fileDescriptor) }
      return Result { () throws(MediaError) in
        let made = try copied()
        copy = made
        return made.fileDescriptor
      }
    }
    return "/proc/self/fd/\(try outcome.get())"
  }

  private static func copied() throws(MediaError) -> FileHandle {
    guard isatty(STDIN_FILENO) == 0 else {
      throw .unreadable(path: path, reason: "nothing is piped in")
    }
    let (name, descriptor) = TemporaryFiles.create(in: NSTemporaryDirectory())
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: systemText(-descriptor)) }
    TemporaryFiles.remove(name)
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      while let bytes = try FileHandle.standardInput.read(upToCount: 1 << 20), !bytes.isEmpty {
        try file.write(contentsOf: bytes)
      }
    } catch {
      throw .unreadable(
        path: path, reason: "the folder for temporary files is full, or the pipe broke")
    }
    return file
  }
}
