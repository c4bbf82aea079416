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
    try ClipSearch(recursive: recursive).rows(of: inputs.map { "\(root)/\($0)" })
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

  @Test("a prompt that cannot be used is refused, with its file")
  func badPrompt() throws {
    let file = try scratch.write([0xFF], to: "clips/Z.txt")
    #expect(throws: CommandError.promptFile(path: file.path, problem: "is not UTF-8")) {
      try search("clips")
    }
  }
}
