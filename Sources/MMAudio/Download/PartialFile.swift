import Foundation
import MMAudioMedia

/// A download that is not complete: `NAME.part`, and `NAME.part.json` that says of what.
///
/// The second is written before the first byte of the first, so that bytes never belong to another
/// version of the file than it says, whenever the process is killed.
final class PartialFile {
  /// What the bytes belong to.
  struct Version: Codable, Equatable {
    /// The server's name for this version of the file.
    var etag: String?
    /// Bytes of the whole file.
    var length: Int?
  }

  private let target: URL
  private let descriptor: Int32
  /// What the bytes so far belong to.
  private(set) var version = Version()
  /// How many bytes there are.
  private(set) var count = 0
  /// Whether all bytes came since this was opened.
  private(set) var isFresh = true

  /// Opens what there is of the file that will be `target`.
  init(_ target: URL) throws(DownloadError) {
    self.target = target
    // A limit on file sizes should be an error to report, not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    let path = target.path + ".part"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .output(.cannotCreate(path: path, reason: String(cString: strerror(errno))))
    }
    var info = stat()
    if fstat(descriptor, &info) == 0, info.st_size > 0,
      let data = try? Data(contentsOf: Self.note(target)),
      let version = try? JSONDecoder().decode(Version.self, from: data)
    {
      self.version = version
      count = Int(info.st_size)
      isFresh = false
    }
  }

  deinit { close(descriptor) }

  /// Whether all bytes are here, as far as the server said.
  var isComplete: Bool { count > 0 && count == version.length }

  /// Throws the bytes away, to begin with those of `version`.
  func restart(_ version: Version) throws(DownloadError) {
    guard ftruncate(descriptor, 0) == 0 else { throw failure(errno) }
    count = 0
    isFresh = true
    try note(version)
  }

  /// Takes note of how many bytes the file has, which only the answer about a part of it says.
  func promise(_ length: Int) throws(DownloadError) {
    try note(Version(etag: version.etag, length: length))
  }

  private func note(_ version: Version) throws(DownloadError) {
    self.version = version
    let file = try DownloadError.rethrowing { () throws(OutputError) in
      try AtomicFile(path: Self.note(target).path)
    }
    let bytes = [UInt8]((try? JSONEncoder().encode(version)) ?? Data())
    try DownloadError.rethrowing { () throws(OutputError) in
      try file.write(bytes)
      try file.commit()
    }
  }

  /// Appends bytes.
  func append(_ data: Data) throws(DownloadError) {
    let bytes = [UInt8](data)
    var done = 0
    while done < bytes.count {
      let step = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
        return pwrite(descriptor, rest.baseAddress, rest.count, off_t(count))
      }
      if step < 0 && errno == EINTR { continue }
      guard step > 0 else { throw failure(step < 0 ? errno : ENOSPC) }
      done += step
      count += step
    }
  }

  /// Flushes the bytes to the disk.
  func flush() throws(DownloadError) {
    guard fsync(descriptor) == 0 else { throw failure(errno) }
  }

  /// Gives the file its name.
  func commit() throws(DownloadError) {
    guard rename(target.path + ".part", target.path) == 0 else { throw failure(errno) }
    unlink(Self.note(target).path)
  }

  /// Removes all traces.
  func discard() {
    unlink(target.path + ".part")
    unlink(Self.note(target).path)
  }

  /// Removes what a process that was killed at the last moment leaves beside a complete file.
  static func forget(_ target: URL) { unlink(note(target).path) }

  private static func note(_ target: URL) -> URL {
    URL(fileURLWithPath: target.path + ".part.json")
  }

  private func failure(_ code: Int32) -> DownloadError {
    let path = target.path + ".part"
    return switch code {
    case ENOSPC, EDQUOT, EFBIG: .output(.diskFull(path: path))
    default: .output(.writeFailed(path: path, reason: String(cString: strerror(code))))
    }
  }
}
