import Foundation

/// The folder of test data that several targets use: specs, goldens and videos.
public func sharedFixtures() throws -> URL {
  guard let folder = Bundle.module.resourceURL else { throw CocoaError(.fileNoSuchFile) }
  return folder.appendingPathComponent("Fixtures")
}

/// A folder that goes away with its owner.
public final class ScratchFolder: Sendable {
  /// Where it is.
  public let url: URL

  /// Makes an empty folder.
  public init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("mmaudio-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The place of a file in it.
  public func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// Writes a file into it.
  public func write(_ bytes: [UInt8], to name: String) throws -> URL {
    try Data(bytes).write(to: file(name))
    return file(name)
  }

  /// Calls `body` with the file at `url` cut to every length, longest first.
  public func cutting(_ url: URL, _ body: (Int) throws -> Void) throws {
    let handle = try FileHandle(forUpdating: url)
    defer { try? handle.close() }
    // In place: rewriting a file thousands of times waits for the disk each time.
    for count in (0..<(try handle.seekToEnd())).reversed() {
      try handle.truncate(atOffset: count)
      try body(Int(count))
    }
  }

  /// Calls `body` with each byte of the file at `url` replaced by what `values` makes of it.
  public func replacingBytes(
    of url: URL, by values: (Int, UInt8) -> [UInt8], _ body: () throws -> Void
  ) throws {
    let bytes = [UInt8](try Data(contentsOf: url))
    let handle = try FileHandle(forUpdating: url)
    defer { try? handle.close() }
    for (position, byte) in bytes.enumerated() {
      for value in values(position, byte) + [byte] {
        try handle.seek(toOffset: UInt64(position))
        try handle.write(contentsOf: [value])
        if value != byte { try body() }
      }
    }
  }
}
