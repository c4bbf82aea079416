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
      for path in existing { unlink(path) }
      existing = []
      finish()
    }
  }

  /// Removes what processes that were killed have left in a folder.
  ///
  /// - Parameters:
  ///   - folder: where files were created
  ///   - seconds: for how long nobody may have written to a file; the process that does may be one of
  ///     another machine
  public static func removeLeftovers(in folder: String, unusedFor seconds: Double) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names {
      guard let match = name.wholeMatch(of: #/\.mmaudio-([0-9]+)-[0-9]+\.tmp/#),
        let process = pid_t(match.1), kill(process, 0) != 0, errno == ESRCH
      else { continue }
      let path = "\(folder)/\(name)"
      var info = stat()
      guard stat(path, &info) == 0,
        Date.now.timeIntervalSince1970 - Double(info.st_mtim.tv_sec) >= seconds
      else { continue }
      unlink(path)
    }
  }

  /// Creates a file with a name of its own; a negative descriptor is the system's error code.
  static func create(in folder: String) -> (path: String, descriptor: Int32) {
    existing.withLock { existing in
      while true {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        let path = "\(folder)/.mmaudio-\(getpid())-\(number).tmp"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
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
      guard Foundation.rename(path, target) == 0 else { return errno }
      existing.remove(path)
      return nil
    }
  }

  /// Removes a file that ``create(in:)`` made, unless it was renamed or removed already.
  static func remove(_ path: String) {
    existing.withLock { existing in
      if existing.remove(path) != nil { unlink(path) }
    }
  }
}
