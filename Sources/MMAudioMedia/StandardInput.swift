import Foundation
import Synchronization

/// What is piped into the process, as files that can be read from any place and as often as needed.
///
/// Many containers have their index at the end, which a pipe cannot go to; so everything is copied
/// into a file without a name, which is gone with the process however that ends. Pipes with names, such
/// as those that a shell makes of `<(…)`, are read like the standard input.
public enum StandardInput {
  /// The path that stands for it.
  public static let path = "-"

  /// What tells a pipe from others, whatever its path.
  private struct Identity: Hashable {
    let device: dev_t
    let node: ino_t

    init(_ info: stat) { (device, node) = (info.st_dev, info.st_ino) }
  }

  private static let copies = Mutex<[Identity: FileHandle]>([:])

  /// Where a file that the user named can be opened.
  ///
  /// - Parameter path: of a file or a pipe, or ``path``
  /// - Returns: the same, or a path of the copy, which is made at the first call
  /// - Throws: that nothing is piped in, or no copy can be made
  public static func place(of path: String) throws(MediaError) -> String {
    var (named, standard) = (stat(), stat())
    _ = fstat(STDIN_FILENO, &standard)
    if path == self.path { named = standard } else { _ = stat(path, &named) }
    // All zeros where there is no file.
    let identity = Identity(named)
    let isStandard =
      path == self.path
      || named.st_ino != 0 && identity == Identity(standard)
        && ![S_IFREG, S_IFDIR].contains(named.st_mode & S_IFMT)
    guard isStandard || named.st_mode & S_IFMT == S_IFIFO else { return path }
    let outcome = copies.withLock { copies -> Result<Int32, MediaError> in
      if let copy = copies[identity] { return .success(copy.fileDescriptor) }
      return Result { () throws(MediaError) in
        let made = try copied(path, isStandard: isStandard)
        copies[identity] = made
        return made.fileDescriptor
      }
    }
    return "/proc/self/fd/\(try outcome.get())"
  }

  /// Whether a path stands for what another program writes, and so is no name of a file.
  ///
  /// - Parameter path: any
  /// - Returns: whether it is ``path``, or a pipe by its number, such as a shell's `<(…)`
  public static func isNameless(_ path: String) -> Bool {
    path == self.path || path == "/dev/stdin" || path.hasPrefix("/dev/fd/")
      || path.hasPrefix("/proc/self/fd/")
  }

  private static func copied(_ path: String, isStandard: Bool) throws(MediaError) -> FileHandle {
    guard !isStandard || isatty(STDIN_FILENO) == 0 else {
      throw .unreadable(path: path, reason: "nothing is piped in")
    }
    guard let pipe = isStandard ? .standardInput : FileHandle(forReadingAtPath: path) else {
      throw .unreadable(path: path, reason: systemText(errno))
    }
    guard access("/proc/self/fd", X_OK) == 0 else {
      throw .unreadable(path: path, reason: "what is piped in needs /proc, which is not mounted")
    }
    let (name, descriptor) = TemporaryFiles.create(in: NSTemporaryDirectory())
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: systemText(-descriptor)) }
    TemporaryFiles.remove(name)
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      while let bytes = try pipe.read(upToCount: 1 << 20), !bytes.isEmpty {
        try file.write(contentsOf: bytes)
      }
    } catch {
      throw .unreadable(
        path: path, reason: "the folder for temporary files is full, or the pipe broke")
    }
    return file
  }
}
