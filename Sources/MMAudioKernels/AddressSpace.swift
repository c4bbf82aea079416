import Foundation

/// What the system would still give this process.
public enum AddressSpace {
  /// Whether so many bytes could be mapped now; nothing is used.
  ///
  /// A limit on the address space (`ulimit -v`) makes libraries fail in ways that look like damaged files.
  public static func hasRoom(for byteCount: Int) -> Bool {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0),
      memory != MAP_FAILED
    else { return false }
    munmap(memory, byteCount)
    return true
  }
}
