import Foundation
import MMAudioTestSupport
import Testing

@testable import MMAudioCLI

/// Clips that a file lists.
@Suite struct ManifestTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func rows(_ text: String, _ name: String = "clips.jsonl") throws -> [ClipRow] {
    try Manifest(path: scratch.write(Array(text.utf8), to: name).path).rows
  }

  /// What every format makes of three clips.
  private func expected(_ name: String, lines: [Int]) -> [ClipRow] {
    let folder = scratch.url.path
    var all = lines.map { line in
      ClipRow(source: ClipSource(path: "\(folder)/\(name)", line: line))
    }
    all[0].id = "one"
    all[0].video = "\(folder)/some/a.mp4"
    all[0].prompt = "rain, \"hail\"\nand wind"
    all[0].negativePrompt = "music"
    all[0].seed = UInt64.max
    all[0].duration = 2.5
    all[0].takes = 3
    all[1].id = "b.c"
    all[1].video = "\(folder)/./b.c.mov"
    all[2].id = "tree"
    all[2].seed = UInt64(bitPattern: -2)
    all[2].prompt = "wind"
    return all
  }

  @Test("JSON Lines, with a byte order mark and either line break")
  func jsonLines() throws {
    let text =
      #"{"id": "one", "video": "some/a.mp4", "prompt": "rain, \"hail\"\nand wind", "#
      + #""negative_prompt": "music", "seed": 18446744073709551615, "duration": 2.5, "takes": 3}"#
      + "\r\n" + #"{"video": "./b.c.mov", "seed": null}"# + "\n"
      + #"{"\u0069d":"tree","seed":-2,"prompt":"wind"}"#
    for text in [text, "\u{FEFF}" + text + "\n"] {
      #expect(try rows(text) == expected("clips.jsonl", lines: [1, 2, 3]))
    }
  }

  @Test("CSV, with a byte order mark and either line break")
  func csv() throws {
    let text = """
      seed,id,prompt,video,negative_prompt,duration,takes
      18446744073709551615,one,"rain, ""hail""
      and wind",some/a.mp4,music,2.5,"3"
      ,,,./b.c.mov,"",,
      -2,tree,wind,,,,
      """
    for text in [text, "\u{FEFF}" + text + "\n"] {
      #expect(try rows(text, "clips.csv") == expected("clips.csv", lines: [2, 4, 5]))
    }
    let broken = text.replacing("\n", with: "\r\n") + "\r\n"
    var expected = expected("clips.csv", lines: [2, 4, 5])
    expected[0].prompt = "rain, \"hail\"\r\nand wind"
    #expect(try rows(broken, "clips.csv") == expected)
  }

  @Test(
    "rows of JSON Lines that are none",
    arguments: [
      ("", .empty), ("  \r", .empty), ("{", .notJSON), ("[1]", .notJSON), ("{} {}", .notJSON),
      (#"{"id": "\uD800"}"#, .value(.id)),
      (#"{"id": "a", "promt": "x"}"#, .unknownKey("promt")),
      (#"{"id": "a", "Z": 1, "B": 2}"#, .unknownKey("B")),
      (#"{"id": "a", "seed": 1, "seed": 2}"#, .repeatedKey("seed")),
      (#"{"id": "a:b\":", "prompt": "a", "\u0069d": "b"}"#, .repeatedKey("id")),
      (#"{"id": 1}"#, .value(.id)), (#"{"id": "a", "video": ["b"]}"#, .value(.video)),
      (#"{"id": "a", "seed": "1"}"#, .value(.seed)), (#"{"id": "a", "seed": 1.5}"#, .value(.seed)),
      (#"{"id": "a", "seed": 18446744073709551616}"#, .value(.seed)),
      (#"{"id": "a", "duration": true}"#, .value(.duration)),
      (#"{"id": "a", "takes": 1e30}"#, .value(.takes)),
      (#"{"prompt": "a"}"#, .noID), (#"{"id": "a", "video": ""}"#, .badPath),
      (#"{"id": "a", "video": "b\u0000c"}"#, .badPath),
    ] as [(String, BatchError.RowProblem)])
  func badLine(line: String, problem: BatchError.RowProblem) throws {
    let source = ClipSource(path: scratch.file("clips.jsonl").path, line: 2)
    #expect(throws: BatchError.row(source, problem: problem)) {
      try rows(#"{"id": "first"}"# + "\n" + line + "\n")
    }
  }

  @Test(
    "rows of CSV that are none",
    arguments: [
      ("", .empty), (",,", .empty), ("a", .fieldCount(found: 1, expected: 3)),
      ("a,,,", .fieldCount(found: 4, expected: 3)), ("\"a,,", .openQuote),
      ("a\"b,,", .looseQuote), ("\"a\"b,,", .looseQuote), ("\"a\" ,,", .looseQuote),
      ("a,1.5,", .value(.seed)), ("a, 1,", .value(.seed)), ("a,,x", .value(.duration)),
      (",1,", .noID),
    ] as [(String, BatchError.RowProblem)])
  func badRow(line: String, problem: BatchError.RowProblem) throws {
    let source = ClipSource(path: scratch.file("clips.csv").path, line: 4)
    #expect(throws: BatchError.row(source, problem: problem)) {
      try rows("id,seed,duration\n\"first\n\",,\n\(line)\n", "clips.csv")
    }
  }

  @Test(
    "first lines of CSV that name no columns",
    arguments: [
      ("id,promt", .unknownKey("promt")), ("id,id", .repeatedKey("id")), ("", .unknownKey("")),
    ] as [(String, BatchError.RowProblem)])
  func badHeader(line: String, problem: BatchError.RowProblem) throws {
    let source = ClipSource(path: scratch.file("clips.csv").path, line: 1)
    #expect(throws: BatchError.row(source, problem: problem)) {
      try rows(line + "\na,b\n", "clips.csv")
    }
  }

  @Test("bytes that are not UTF-8, with their line", arguments: ["clips.jsonl", "clips.csv"])
  func notUTF8(name: String) throws {
    let first = name.hasSuffix("csv") ? "id" : #"{"id": "a"}"#
    let file = try scratch.write(Array(first.utf8) + [10, 0xC3, 0x28, 10], to: name)
    let source = ClipSource(path: file.path, line: 2)
    #expect(throws: BatchError.row(source, problem: .notUTF8)) { try Manifest(path: file.path) }
  }

  @Test("rows and files that are too long", arguments: ["clips.jsonl", "clips.csv"])
  func tooLong(name: String) throws {
    let first = name.hasSuffix("csv") ? "id\n" : "{\"id\": \"a\"}\n"
    let file = scratch.file(name)
    let text = first + String(repeating: "a", count: Manifest.longestRow + 1)
    let source = ClipSource(path: file.path, line: 2)
    #expect(throws: BatchError.row(source, problem: .tooLong(most: Manifest.longestRow))) {
      try rows(text, name)
    }
    truncate(file.path, off_t(Manifest.longest + 1))
    #expect(throws: BatchError.manifestTooLarge(path: file.path, most: Manifest.longest)) {
      try Manifest(path: file.path)
    }
  }

  @Test("files without clips, of no known format, or that are not there")
  func noRows() throws {
    for (name, text) in [("clips.jsonl", ""), ("clips.csv", ""), ("clips.csv", "id,video\n")] {
      #expect(throws: BatchError.emptyManifest(path: scratch.file(name).path)) {
        try rows(text, name)
      }
    }
    #expect(throws: BatchError.manifestFormat(path: scratch.file("clips.txt").path)) {
      try rows("", "clips.txt")
    }
    let missing = scratch.file("missing.csv").path
    #expect(throws: BatchError.unreadable(path: missing)) { try Manifest(path: missing) }
    #expect(throws: BatchError.unreadable(path: scratch.url.path + "/.csv.jsonl/")) {
      try FileManager.default.createDirectory(
        at: scratch.file(".csv.jsonl"), withIntermediateDirectories: true)
      _ = try Manifest(path: scratch.url.path + "/.csv.jsonl/")
    }
  }
}
