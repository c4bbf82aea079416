import Foundation
import Testing

@testable import MMAudioMedia

/// Paths whose bytes are not UTF-8.
@Suite struct PathBytesTests {
  private static let latin: [UInt8] = Array("latin".utf8) + [0xE9] + Array(".mp4".utf8)

  @Test("text is text, and every other byte comes back")
  func roundTrip() {
    #expect(String(pathBytes: Array("a/é日.mp4".utf8)) == "a/é日.mp4")
    #expect("a/é日.mp4".pathBytes == Array("a/é日.mp4".utf8))
    let escape = Array("\u{10FEE9}".utf8)
    var random = SystemRandomNumberGenerator()
    let others = (0..<2000).map { _ in
      (0..<8).flatMap { _ -> [UInt8] in
        [[.random(in: 1...255, using: &random)], Array("é".utf8), escape][.random(in: 0...2)]
      }
    }
    let cases = [Self.latin, escape, [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xFF]] + others
    for bytes in cases { #expect(String(pathBytes: bytes).pathBytes == bytes) }
    // A name that has the characters that stand for bytes is no other name.
    #expect(String(pathBytes: escape) != String(pathBytes: [0xE9]))
    #expect("\u{10FEE9}".pathBytes == [0xE9])
  }

  @Test("people read bytes as such, and one line")
  func readable() {
    #expect(String(pathBytes: Self.latin).readable == "latin\\xE9.mp4")
    #expect("a\nb\u{1B}é".readable == "a\u{FFFD}b\u{FFFD}é")
    #expect(String(pathBytes: Self.latin).repaired == "latin\u{FFFD}.mp4")
  }

  @Test("such a file is written, found, read and renamed over")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("mmaudio-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let inner = folder + "/" + String(pathBytes: [0xFF])
    try makeOutputFolder(path: inner)
    let path = inner + "/" + String(pathBytes: Self.latin)
    for bytes in [[1], [2, 3]] as [[UInt8]] {
      let file = try AtomicFile(path: path)
      try file.write(bytes)
      try file.commit()
    }
    #expect(fileNames(in: inner) == [String(pathBytes: Self.latin)])
    #expect(fileContents(path) == Data([2, 3]))
    #expect(isRegularFile(path) && isFolder(inner) && isSameFile(path, path))
    #expect(fileSize(path) == 2)
    #expect(paths(matching: folder + "/*/*.mp4") == [path])
    #expect(URL(fileURLWithPath: path).path == path)
  }
}
