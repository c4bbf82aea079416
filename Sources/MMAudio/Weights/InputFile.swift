import Foundation
import MMAudioMedia

/// A regular file, open for reading at any offset.
final class InputFile: Sendable {
  /// Path as the user gave it, for messages.
  let path: String
  /// What the system said about the file when it was opened.
  let status: stat
  /// Bytes in the file when it was opened.
  var size: Int { Int(status.st_size) }
  private let descriptor: Int32

  /// Opens the file at `url`.
  init(_ url: URL) throws(WeightError) {
    path = url.path
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    descriptor = open(url.path.systemPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let reason = errno
      guard reason != ENOENT && reason != ENOTDIR else { throw .fileMissing(path: url.path) }
      throw .unreadable(path: url.path, reason: String(cString: strerror(reason)))
    }
    var status = stat()
    // The initialiser is complete only after `status`; until then a throw does not run `deinit`.
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadable(path: url.path, reason: "it is not a regular file")
    }
    self.status = status
  }

  deinit { close(descriptor) }

  /// Reads exactly `count` bytes that start `offset` bytes into the file.
  ///
  /// - Parameters:
  ///   - count: bytes to read
  ///   - offset: where the first one stands
  ///   - destination: `count` bytes, written
  ///   - part: what is being read, for the message when the file is too short
  /// - Throws: `.truncated` or `.unreadable`.
  func read(
    _ count: Int, at offset: Int, into destination: UnsafeMutableRawPointer, part: String
  ) throws(WeightError) {
    guard count >= 0, offset >= 0, offset <= size, count <= size - offset else {
      throw .truncated(path: path, part: part)
    }
    var done = 0
    while done < count {
      // Safe: `destination` has room for `count` bytes and `done < count`.
      let step = pread(descriptor, destination + done, count - done, off_t(offset + done))
      if step > 0 {
        done += step
      } else if step == 0 {
        throw .truncated(path: path, part: part)
      } else if errno != EINTR {
        throw .unreadable(path: path, reason: String(cString: strerror(errno)))
      }
    }
  }

  /// Reads exactly `count` bytes that start `offset` bytes into the file.
  func bytes(_ count: Int, at offset: Int, part: String) throws(WeightError) -> [UInt8] {
    // Checked here too, so that a hostile count is not allocated before it is refused.
    guard count >= 0, offset >= 0, offset <= size, count <= size - offset else {
      throw .truncated(path: path, part: part)
    }
    var bytes = [UInt8](repeating: 0, count: count)
    var result = Result<Void, WeightError>.success(())
    bytes.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      result = Result { () throws(WeightError) in
        try read(count, at: offset, into: base, part: part)
      }
    }
    try result.get()
    return bytes
  }

  /// Reads the whole file through a small buffer, front to back.
  func forEachChunk(_ body: (UnsafeRawBufferPointer) -> Void) throws(WeightError) {
    let step = 1 << 20
    var position = 0
    while position < size {
      let chunk = try bytes(min(step, size - position), at: position, part: "it")
      chunk.withUnsafeBytes { body($0) }
      position += chunk.count
    }
  }

  /// Maps `count` bytes that start `offset` bytes into the file.
  ///
  /// - Throws: `.truncated`, `.noMemory` or `.unreadable`
  func map(_ count: Int, at offset: Int) throws(WeightError) -> FileMapping {
    guard count >= 0, offset >= 0, offset <= size, count <= size - offset else {
      throw .truncated(path: path, part: "its data")
    }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let lead = offset % page
    // An empty mapping is an error to the system, so at least one byte is asked for.
    let length = max(1, lead + count)
    guard
      let base = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, off_t(offset - lead)),
      base != MAP_FAILED
    else {
      let reason = errno
      if reason == ENOMEM { throw .noMemory(path: path, byteCount: count) }
      throw .unreadable(path: path, reason: String(cString: strerror(reason)))
    }
    return FileMapping(mapping: base, length: length, lead: lead, count: count)
  }
}

/// Bytes of a file in the address space, for as long as the object lives.
final class FileMapping: @unchecked Sendable {
  // Safe to share: the pages are mapped read-only.
  private let mapping: UnsafeMutableRawPointer
  private let length: Int
  /// The first byte asked for.
  let base: UnsafeRawPointer
  /// Bytes asked for.
  let count: Int

  fileprivate init(mapping: UnsafeMutableRawPointer, length: Int, lead: Int, count: Int) {
    self.mapping = mapping
    self.length = length
    self.count = count
    base = UnsafeRawPointer(mapping + lead)
  }

  /// Lets the system drop the whole pages of a range from memory; reading them again reads the file.
  func forget(_ offset: Int, _ count: Int) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = (base - UnsafeRawPointer(mapping) + offset + page - 1) / page * page
    let end = (base - UnsafeRawPointer(mapping) + offset + count) / page * page
    if start < end { madvise(mapping + start, end - start, MADV_DONTNEED) }
  }

  deinit { munmap(mapping, length) }
}
