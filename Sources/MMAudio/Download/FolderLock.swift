import Foundation
import MMAudioMedia

/// Keeps other processes from changing a model folder; it ends with its owner, even a killed one.
final class FolderLock {
  private let descriptor: Int32

  /// Makes the folder and waits until nobody else holds its lock.
  init(_ folder: ModelFolder) throws(DownloadError) {
    try DownloadError.rethrowing { () throws(OutputError) in
      try makeOutputFolder(path: folder.url.path)
    }
    let path = folder.url.appendingPathComponent(".lock").path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .output(.cannotCreate(path: path, reason: String(cString: strerror(errno))))
    }
    while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
  }

  deinit { close(descriptor) }
}
