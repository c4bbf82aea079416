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
    all[1].longerIDs = ["b.c.mov"]
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
    for line in ["\r\n", "\r"] {
      var expected = expected("clips.csv", lines: [2, 4, 5])
      expected[0].prompt = "rain, \"hail\"\(line)and wind"
      #expect(try rows(text.replacing("\n", with: line) + line, "clips.csv") == expected)
    }
    for (separator, start) in [(";", ""), ("\t", ""), (";", "sep=;\n")] {
      // The only comma in quotes is not one that separates.
      let other =
        start
        + text.replacing(",", with: separator).replacing("2.5", with: "2,5")
        .replacing("rain\(separator)", with: "rain,")
      let lines = [2, 4, 5].map { start.isEmpty ? $0 : $0 + 1 }
      #expect(try rows(other, "clips.csv") == expected("clips.csv", lines: lines))
    }
  }

  @Test(
    "CSV of spreadsheets: names in any spelling, blanks, rows of nothing, columns without a name")
  func spreadsheet() throws {
    let text = """
       Video , prompt ,Negative Prompt,TAKES,,
      a.mp4 , "rain" ,music, 2 ,,

      ,,,,,
      " b.mp4",  wind,,,,,,
       , ,,,,
      """
    let rows = try rows(text, "clips.csv")
    #expect(rows.map(\.id) == ["a", " b"])
    #expect(rows.map(\.prompt) == ["rain", "wind"])
    #expect(rows.map(\.negativePrompt) == ["music", nil])
    #expect(rows.map(\.takes) == [2, nil])
    #expect(rows.map(\.source.line) == [2, 5])
    #expect(rows.allSatisfy { $0.failure == nil && $0.extra.isEmpty })
  }

  @Test("UTF-16, as spreadsheets write Unicode text", arguments: [true, false])
  func utf16(isWhole: Bool) throws {
    let text = "\u{FEFF}video\tprompt\r\na.mp4\tWellen, Möwen\r\n"
    let bytes = text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let file = try scratch.write(isWhole ? bytes : bytes + [0], to: "clips.tsv")
    guard isWhole else {
      #expect(throws: BatchError.manifestText(path: file.path)) { try Manifest(path: file.path) }
      return
    }
    #expect(try Manifest(path: file.path).rows.map(\.prompt) == ["Wellen, Möwen"])
  }

  @Test("what a row has beside is kept")
  func extra() throws {
    let csv = try rows("video,Scene,take no\na.mp4,7 b,\n", "clips.csv")
    #expect(csv.map(\.extra) == [["Scene": .text("7 b")]])
    let line =
      #"{"ID": "a", "prompt": "x", "n": 7, "x": null, "y": [1.5, true, {"id": null}], "z": "t"}"#
    let lines = try rows("\n\r\n" + line + "\r  \r", "clips.jsonl")
    #expect(lines.map(\.id) == ["a"])
    #expect(lines.map(\.source.line) == [3])
    #expect(lines[0].failure == nil)
    let y = JSONValue.list([.number(1.5), .truth(true), .object(["id": .null])])
    #expect(lines[0].extra == ["n": .whole(7), "y": y, "z": .text("t")])
  }

  /// Why the row after the first fails, which goes on being a clip as the one behind it does.
  private func failure(_ text: String, _ name: String) throws -> ClipResult.Failure? {
    let rows = try rows(text, name)
    #expect(rows.map { $0.failure == nil } == [true, false, true])
    #expect(rows.last?.id == "last")
    return rows[1].failure
  }

  @Test(
    "rows of JSON Lines that are none",
    arguments: [
      ("{", .notJSON), ("[1]", .notJSON), ("{} {}", .notJSON),
      (#"{"id": "\uD800"}"#, .value(.id)),
      (#"{"id": "a", "\uD800": 2}"#, .notJSON), (#"{"id": "a", "ID": "b"}"#, .repeatedKey("ID")),
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
    let text = #"{"id": "first"}"# + "\n" + line + "\n" + #"{"id": "last"}"#
    let error = ClipResult.Failure(BatchError.row(source, problem: problem))
    #expect(try failure(text, "clips.jsonl") == error)
  }

  @Test(
    "rows of CSV that are none",
    arguments: [
      ("a", .fieldCount(found: 1, expected: 3)), ("a,,,b", .fieldCount(found: 4, expected: 3)),
      ("a\"b,,", .looseQuote), ("\"a\"b,,", .looseQuote), ("\"a\nb\"c,,", .looseQuote),
      ("a,1.5,", .value(.seed)), ("a,,x", .value(.duration)),
      (",1,", .noID),
    ] as [(String, BatchError.RowProblem)])
  func badRow(line: String, problem: BatchError.RowProblem) throws {
    let source = ClipSource(path: scratch.file("clips.csv").path, line: 4)
    let text = "id,seed,duration\n\"first\n\",,\n\(line)\nlast,,\n"
    let error = ClipResult.Failure(BatchError.row(source, problem: problem))
    #expect(try failure(text, "clips.csv") == error)
  }

  @Test("a quote that is never closed ends the list, since nobody knows where the next row begins")
  func openQuote() throws {
    let source = ClipSource(path: scratch.file("clips.csv").path, line: 3)
    #expect(throws: BatchError.row(source, problem: .openQuote)) {
      try rows("id,prompt\na,b\n\"c,d\ne,f\n", "clips.csv")
    }
  }

  @Test(
    "first lines of CSV that name no columns",
    arguments: [
      ("file,promt", .unknownKey("file")), ("id,ID", .repeatedKey("ID")),
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
    let error = ClipResult.Failure(BatchError.row(source, problem: .notUTF8))
    #expect(try Manifest(path: file.path).rows.last?.failure == error)
  }

  @Test("rows and files that are too long", arguments: ["clips.jsonl", "clips.csv"])
  func tooLong(name: String) throws {
    let first = name.hasSuffix("csv") ? "id\n" : "{\"id\": \"a\"}\n"
    let file = scratch.file(name)
    let text = first + String(repeating: "a", count: Manifest.longestRow + 1)
    let source = ClipSource(path: file.path, line: 2)
    let error = BatchError.row(source, problem: .tooLong(most: Manifest.longestRow))
    if name.hasSuffix("csv") {
      #expect(throws: error) { try rows(text, name) }
    } else {
      #expect(try rows(text, name).map(\.failure) == [nil, ClipResult.Failure(error)])
    }
    truncate(file.path, off_t(Manifest.longest + 1))
    #expect(throws: BatchError.manifestTooLarge(path: file.path, most: Manifest.longest)) {
      try Manifest(path: file.path)
    }
  }

  @Test("files without clips, of no known format, or that are not there")
  func noRows() throws {
    for (name, text) in [
      ("clips.jsonl", ""), ("clips.jsonl", " \n\r\n"), ("clips.csv", ""),
      ("clips.csv", "id,video\n"),
    ] {
      #expect(throws: BatchError.emptyManifest(path: scratch.file(name).path)) {
        try rows(text, name)
      }
    }
    #expect(throws: BatchError.manifestFormat(path: scratch.file("clips.txt").path)) {
      try rows("", "clips.txt")
    }
    let missing = scratch.file("missing.csv").path
    #expect(throws: BatchError.unreadable(path: missing)) { try Manifest(path: missing) }
    #expect(throws: BatchError.unreadable(path: scratch.url.path + "/.csv.jsonl")) {
      try FileManager.default.createDirectory(
        at: scratch.file(".csv.jsonl"), withIntermediateDirectories: true)
      _ = try Manifest(path: scratch.url.path + "/.csv.jsonl")
    }
  }
}
