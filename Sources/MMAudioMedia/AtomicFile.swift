import Foundation

/// A file that appears under its name complete or not at all.
///
/// Bytes go to a hidden temporary file in the same folder, which ``commit(flushing:)`` flushes to the disk and
/// renames. A file that is dropped without a commit leaves nothing behind, and whatever stood under
/// the name stays. A link is followed; a device or a pipe is written directly.
public final class AtomicFile {
  private let path: String
  /// Where `commit` puts the file; nil for a device or a pipe, which keeps its place.
  private let target: String?
  private let temporary: String
  private var descriptor: Int32

  /// Creates the temporary file.
  ///
  /// - Parameters:
  ///   - path: the name that the file gets in the end
  ///   - orStandardOutput: whether ``StandardOutput/path`` is no name, but stands for that
  /// - Throws: that the file cannot be created
  public init(path: String, orStandardOutput: Bool = false) throws(OutputError) {
    // A limit on file sizes should be an error to report, not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    self.path = path
    guard !orStandardOutput || path != StandardOutput.path else {
      guard isatty(STDOUT_FILENO) == 0 else { throw .terminal }
      target = nil
      temporary = path
      descriptor = dup(STDOUT_FILENO)
      guard descriptor >= 0 else {
        throw .cannotCreate(path: path, reason: systemText(errno))
      }
      return
    }
    let place = try Self.place(path)
    target = place.isSpecial ? nil : place.path
    if place.isSpecial {
      temporary = place.path
      let opened = open(place.path.systemPath, O_WRONLY | O_CLOEXEC)
      descriptor = opened < 0 ? -errno : opened
    } else {
      (temporary, descriptor) = TemporaryFiles.create(in: place.folder)
    }
    guard descriptor >= 0 else {
      let code = -descriptor
      switch code {
      // Some folders, such as /proc, exist and still say this.
      case ENOENT where access(place.folder.systemPath, F_OK) != 0:
        throw .missingFolder(path: path, folder: place.folder)
      case ENOSPC, EDQUOT: throw .diskFull(path: path)
      default: throw .cannotCreate(path: path, reason: systemText(code))
      }
    }
  }

  deinit { discard() }

  /// Where the bytes are until ``commit(flushing:)``, for a library that opens files by name; nil for a device
  /// or a pipe.
  var temporaryPath: String? { target == nil ? nil : temporary }

  /// Tells whether a file could be created at `path`, before the work that would fill it.
  ///
  /// - Parameters:
  ///   - path: the name that the file would get
  ///   - orStandardOutput: whether ``StandardOutput/path`` is no name, but stands for that
  /// - Throws: that it cannot
  public static func check(path: String, orStandardOutput: Bool = false) throws(OutputError) {
    try AtomicFile(path: path, orStandardOutput: orStandardOutput).discard()
  }

  /// Appends bytes.
  ///
  /// - Parameter bytes: only read during the call
  /// - Throws: that the disk is full or fails
  public func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
    try write(bytes) { _, rest in
      Foundation.write(descriptor, rest.baseAddress, rest.count)
    }
  }

  /// Writes bytes at any place, in any order; what is skipped reads as zeros.
  ///
  /// - Parameters:
  ///   - bytes: only read during the call
  ///   - offset: where the first one goes
  /// - Throws: that the disk is full or fails, or that a pipe has no places
  public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(OutputError) {
    try write(bytes) { done, rest in
      pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
    }
  }

  /// Calls `system` with how much is done and with the rest until there is none.
  private func write(
    _ bytes: UnsafeRawBufferPointer, by system: (Int, UnsafeRawBufferPointer) -> Int
  ) throws(OutputError) {
    precondition(descriptor >= 0, "AtomicFile: write to '\(path)' after commit")
    var done = 0
    while done < bytes.count {
      let written = system(done, UnsafeRawBufferPointer(rebasing: bytes[done...]))
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw writeError(written < 0 ? errno : ENOSPC) }
      done += written
    }
  }

  /// Appends bytes.
  ///
  /// - Parameter bytes: any number
  /// - Throws: that the disk is full or fails
  public func write(_ bytes: [UInt8]) throws(OutputError) {
    // Typed throws do not pass through `withUnsafeBytes` of older standard libraries.
    let outcome = bytes.withUnsafeBytes { bytes in
      Result { () throws(OutputError) in try write(bytes) }
    }
    try outcome.get()
  }

  /// Flushes the file to the disk and gives it its name.
  ///
  /// - Parameter flushing: false for a file that may be damaged after a power failure, which saves waiting
  ///   for the disk
  /// - Throws: that the disk is full or fails; the temporary file is gone then
  public func commit(flushing: Bool = true) throws(OutputError) {
    precondition(descriptor >= 0, "AtomicFile: second commit of '\(path)'")
    defer { discard() }
    // Pipes and some network disks cannot flush, which is no failure.
    if flushing, fsync(descriptor) != 0, ![EINVAL, ENOTSUP, EROFS].contains(errno) {
      throw writeError(errno)
    }
    let status = close(descriptor)
    descriptor = -1
    guard status == 0 || errno == EINTR else { throw writeError(errno) }
    guard let target else { return }
    if let code = TemporaryFiles.rename(temporary, to: target) {
      throw .cannotCreate(path: path, reason: systemText(code))
    }
  }

  /// Closes and removes what is not committed.
  private func discard() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    if target != nil { TemporaryFiles.remove(temporary) }
  }

  private func writeError(_ code: Int32) -> OutputError {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: .diskFull(path: path)
    default: .writeFailed(path: path, reason: systemText(code))
    }
  }

  /// Most links to files that are not there which lead to one another, as the system has it for others.
  private static let mostLinks = 40

  /// Where a file of this name really goes, and whether that is a device or a pipe.
  private static func place(
    _ path: String
  ) throws(OutputError) -> (path: String, folder: String, isSpecial: Bool) {
    guard !path.isEmpty else { throw .cannotCreate(path: path, reason: "the name is empty") }
    var info = stat()
    var isSpecial = false
    var resolved = path
    if stat(path.systemPath, &info) == 0 {
      let kind = info.st_mode & S_IFMT
      guard kind != S_IFDIR else { throw .folder(path: path) }
      isSpecial = kind != S_IFREG
      if let real = realpath(path.systemPath, nil) {
        resolved = String(systemPath: real)
        free(real)
      }
    } else if errno != ENOENT {
      throw .cannotCreate(path: path, reason: systemText(errno))
    } else {
      // The file that a link leads to may be made yet.
      for _ in 0..<mostLinks {
        guard let link = linkTarget(resolved) else { break }
        resolved = link.utf8.first == UInt8(ascii: "/") ? link : folder(of: resolved) + "/" + link
      }
    }
    let folder = folder(of: resolved)
    guard !resolved.hasSuffix("/") else { throw .missingFolder(path: path, folder: folder) }
    return (resolved, folder, isSpecial)
  }

  private static func folder(of path: String) -> String {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    return slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  /// Where a link leads; nil if the path is of none.
  private static func linkTarget(_ path: String) -> String? {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    // Safe: the system writes no more than the size of the buffer that it is told.
    let count = readlink(path.systemPath, &target, target.count)
    return count > 0
      ? String(pathBytes: target.prefix(count).map { UInt8(bitPattern: $0) }) : nil
  }
}

/// The system's own words for an error code.
func systemText(_ code: Int32) -> String { String(cString: strerror(code)) }
