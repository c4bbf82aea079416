import Foundation
import Synchronization

/// The temporary files of all ``AtomicFile``s, so that an interrupted process can take them along.
public enum TemporaryFiles {
  private static let existing = Mutex<Set<String>>([])
  private static let counter = Atomic<Int>(0)

  /// Removes every temporary file.
  ///
  /// Files are created and renamed under the same lock, so that one which ends the process in
  /// `finish` leaves either a complete file or none. Takes a lock: call it from a dispatch source
  /// for the signal, never from a signal handler.
  ///
  /// - Parameter finish: called while no file can be created or renamed
  public static func removeAll(then finish: () -> Void = {}) {
    existing.withLock { existing in
      for path in existing { unlink(path.systemPath) }
      existing = []
      finish()
    }
  }

  /// Removes what processes that were killed have left in a folder.
  ///
  /// Names tell the machine and the process, so that in a folder that machines share each removes its own.
  ///
  /// - Parameter folder: where files were created
  public static func removeLeftovers(in folder: String) {
    let names = fileNames(in: folder) ?? []
    for name in names where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
      let numbers = name.dropFirst(prefix.count).dropLast(".tmp".count).split(separator: "-")
      guard numbers.count == 2, let process = pid_t(numbers[0]), kill(process, 0) != 0,
        errno == ESRCH
      else { continue }
      unlink("\(folder)/\(name)".systemPath)
    }
  }

  /// What the names of this machine's files begin with.
  private static let prefix: String = {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    // The names of files and what separates their parts.
    let text = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let host = String(decoding: text, as: UTF8.self).prefix(64).map {
      $0.isLetter || $0.isNumber ? $0 : "_"
    }
    return ".mmaudio-\(String(host))-"
  }()

  /// Creates a file with a name of its own; a negative descriptor is the system's error code.
  static func create(in folder: String) -> (path: String, descriptor: Int32) {
    existing.withLock { existing in
      while true {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        let path = "\(folder)/\(prefix)\(getpid())-\(number).tmp"
        let descriptor = open(path.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor < 0 else {
          existing.insert(path)
          return (path, descriptor)
        }
        // The name may be left over from a process that was killed.
        let code = errno
        if code != EEXIST { return (path, -code) }
      }
    }
  }

  /// Renames a file that ``create(in:)`` made; returns the system's error code if that failed.
  static func rename(_ path: String, to target: String) -> Int32? {
    existing.withLock { existing in
      guard Foundation.rename(path.systemPath, target.systemPath) == 0 else { return errno }
      existing.remove(path)
      return nil
    }
  }

  /// Removes a file that ``create(in:)`` made, unless it was renamed or removed already.
  static func remove(_ path: String) {
    existing.withLock { existing in
      if existing.remove(path) != nil { unlink(path.systemPath) }
    }
  }
}
