import Foundation
import MMAudioTestSupport
import Testing

@testable import MMAudioCLI

/// Clips that files, folders and patterns name.
@Suite struct ClipSearchTests {
  private let scratch: ScratchFolder
  private var root: String { scratch.url.path }

  /// A tree with a link to itself.
  init() throws {
    scratch = try ScratchFolder()
    let files = FileManager.default
    for folder in ["clips/deep/er", "clips/.hidden", "clips/empty", "clips/folder.mp4"] {
      try files.createDirectory(at: scratch.file(folder), withIntermediateDirectories: true)
    }
    for name in ["b.MP4", "a.x.mov", "Z.mkv", "a.x.wav", ".c.mp4", "deep/d.webm", "deep/er/e.ts"] {
      _ = try scratch.write([], to: "clips/" + name)
    }
    _ = try scratch.write([], to: "clips/.hidden/f.mp4")
    _ = try scratch.write(Array(" waves\n".utf8), to: "clips/b.txt")
    try files.createSymbolicLink(
      at: scratch.file("clips/deep/loop"), withDestinationURL: scratch.file("clips"))
  }

  private func search(_ inputs: String..., recursive: Bool = false) throws -> [ClipRow] {
    var search = ClipSearch(recursive: recursive)
    return try search.rows(of: inputs.map { "\(root)/\($0)" })
  }

  @Test("a folder: videos by extension in the order of bytes, a prompt beside one, no hidden file")
  func folder() throws {
    for input in ["clips", "clips/"] {
      let rows = try search(input)
      #expect(rows.map(\.id) == ["Z", "a.x", "b"])
      #expect(rows.map(\.prompt) == [nil, nil, "waves"])
      #expect(rows.map(\.video) == ["Z.mkv", "a.x.mov", "b.MP4"].map { "\(root)/clips/\($0)" })
      #expect(rows[2].source == ClipSource(path: "\(root)/clips/b.MP4"))
    }
  }

  @Test("folders of a folder, of which one is linked into itself")
  func recursive() throws {
    let rows = try search("clips", recursive: true)
    #expect(rows.map(\.id) == ["Z", "a.x", "b", "deep/d", "deep/er/e"])
  }

  @Test("a clip has the same id as a file, by a pattern and in its folder")
  func sameID() throws {
    #expect(try search("clips/b.MP4").map(\.id) == ["b"])
    #expect(try search("clips/a.x.wav").map(\.id) == ["a.x"])
    #expect(try search("clips/*").map(\.id) == ["Z", "a.x", "b"])
    #expect(try search("clips/[ab].*").map(\.id) == ["a.x", "b"])
    #expect(try search("cl*/?.mkv", "clips/deep").map(\.id) == ["clips/Z", "d"])
  }

  @Test("inputs that name no clip")
  func nothing() throws {
    for input in ["missing.mp4", "clips/*.avi", "missing/*"] {
      #expect(throws: BatchError.noInput(path: "\(root)/\(input)")) { try search(input) }
    }
    for recursive in [false, true] {
      #expect(
        throws: BatchError.noVideos(folder: "\(root)/clips/empty", recursive: recursive)
      ) { try search("clips/empty", recursive: recursive) }
    }
  }

  @Test(
    "prompts of editors: UTF-8 and UTF-16 with a byte order mark",
    arguments: [
      Array("\u{FEFF}wavés\r\n".utf8), [0xFF, 0xFE] + littleEndian, [0xFE, 0xFF] + bigEndian,
    ])
  func prompts(bytes: [UInt8]) throws {
    _ = try scratch.write(bytes, to: "clips/Z.txt")
    #expect(try search("clips")[0].prompt == "wavés")
  }

  private static let littleEndian = "wavés".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
  private static let bigEndian = "wavés".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }

  @Test(
    "a prompt that is no text fails with its file, and no other clip does",
    arguments: [
      [0x77, 0xE9], [0xFF, 0xFE, 0x77], [0xFF, 0xFE, 0x00, 0xD8], littleEndian,
    ] as [[UInt8]])
  func badPrompt(bytes: [UInt8]) throws {
    let file = try scratch.write(bytes, to: "clips/Z.txt")
    let error = CommandError.promptFile(path: file.path, problem: "is neither UTF-8 nor UTF-16")
    let rows = try search("clips")
    #expect(rows.map(\.failure) == [ClipResult.Failure(error), nil, nil])
    #expect(rows[0].failure?.kind == .input)
  }

  @Test("GIFs are videos where there are no others")
  func moving() throws {
    try FileManager.default.createDirectory(
      at: scratch.file("gifs/more"), withIntermediateDirectories: true)
    for name in ["a.gif", "b.GIF", "c.png", "more/d.mp4"] {
      _ = try scratch.write([], to: "gifs/" + name)
    }
    #expect(try search("gifs").map(\.id) == ["a", "b"])
    #expect(try search("gifs/*").map(\.id) == ["a", "b"])
    #expect(try search("gifs", recursive: true).map(\.id) == ["more/d"])
  }

  /// The ids that rows get in a plan.
  private func ids(_ inputs: String..., recursive: Bool = false) throws -> [String] {
    var search = ClipSearch(recursive: recursive)
    var rows = try search.rows(of: inputs.map { "\(root)/\($0)" })
    ClipID.settle(&rows)
    #expect(rows.allSatisfy { $0.failure == nil })
    return rows.map(\.id)
  }

  @Test("equal stems get ids that differ, whichever comes first, and one video is one clip")
  func equalStems() throws {
    for name in ["a.mp4", "a.mov", "a.mov.mp4", "b.mp4"] {
      try FileManager.default.createDirectory(
        at: scratch.file("x/y"), withIntermediateDirectories: true)
      _ = try scratch.write([], to: "x/" + name)
    }
    _ = try scratch.write([], to: "x/y/b.mp4")
    #expect(try ids("x") == ["a.mov", "a.mov.mp4", "a.mp4", "b"])
    #expect(try ids("x/b.mp4", "x/y/b.mp4") == ["b.mp4", "y/b.mp4"])
    #expect(try ids("x/b.mp4", "x/./b.mp4", "x/*").count == 4)
    #expect(try ids("x", recursive: true) == ["a.mov", "a.mov.mp4", "a.mp4", "b", "y/b"])
  }

  @Test("a folder that cannot be read fails alone", .enabled(if: geteuid() != 0))
  func unreadable() throws {
    let path = "\(root)/clips/deep"
    chmod(path, 0)
    defer { chmod(path, 0o700) }
    let rows = try search("clips", recursive: true)
    #expect(rows.map(\.id) == ["Z", "a.x", "b", "deep"])
    #expect(rows[3].failure == ClipResult.Failure(BatchError.unreadable(path: path)))
  }
}
