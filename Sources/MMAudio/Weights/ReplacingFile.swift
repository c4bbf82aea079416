import Foundation

/// A file that appears under its name only when it is complete.
///
/// It is written under a temporary name in the same folder, flushed to disk and renamed; dropped
/// before that, it leaves nothing behind.
struct ReplacingFile: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Int32

  /// Begins a file that will stand at `url`; throws `.cannotCreate` or `.diskFull`.
  init(_ url: URL) throws(WeightError) {
    path = url.path
    let unique = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    temporaryPath =
      url.deletingLastPathComponent()
      .appendingPathComponent(".\(url.lastPathComponent).\(unique).part").path
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw Self.failure(errno, path) { .cannotCreate(path: $0, reason: $1) }
    }
  }

  deinit {
    close(descriptor)
    // After `finish` the name is gone already.
    unlink(temporaryPath)
  }

  /// Writes `bytes` at `offset`; throws `.cannotWrite` or `.diskFull`.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeightError) {
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      // Safe: `done < bytes.count`.
      let step = pwrite(descriptor, base + done, bytes.count - done, off_t(offset + done))
      if step >= 0 {
        done += step
      } else if errno != EINTR {
        throw Self.failure(errno, path) { .cannotWrite(path: $0, reason: $1) }
      }
    }
  }

  /// Flushes the file and gives it its name; throws `.cannotWrite` or `.diskFull`.
  consuming func finish() throws(WeightError) {
    guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else {
      throw Self.failure(errno, path) { .cannotWrite(path: $0, reason: $1) }
    }
  }

  private static func failure(
    _ code: Int32, _ path: String, otherwise: (String, String) -> WeightError
  ) -> WeightError {
    guard code != ENOSPC && code != EDQUOT else { return .diskFull(path: path) }
    return otherwise(path, String(cString: strerror(code)))
  }
}

/// Makes the folder at `url` and those above it; throws `.cannotCreate` or `.diskFull`.
func makeFolder(_ url: URL) throws(WeightError) {
  let path = url.path
  guard mkdir(path, 0o755) != 0 else { return }
  let reason = errno
  switch reason {
  case EEXIST: return
  case ENOENT where url.pathComponents.count > 1:
    let parent = url.deletingLastPathComponent()
    guard !FileManager.default.fileExists(atPath: parent.path) else {
      throw .cannotCreate(path: path, reason: String(cString: strerror(reason)))
    }
    try makeFolder(parent)
    try makeFolder(url)
  case ENOSPC, EDQUOT: throw .diskFull(path: path)
  default: throw .cannotCreate(path: path, reason: String(cString: strerror(reason)))
  }
}
