import Foundation
import MMAudioMedia
import MMAudioTestSupport
import Testing

@testable import MMAudioCLI

/// Batches of files as people have them: odd ones beside good ones, outputs beside inputs.
@Suite struct OddNameTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try FileManager.default.createDirectory(
      at: place.scratch.file("in"), withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { place.scratch.url.path + "/" + name }

  /// Makes a file under any name.
  private func write(_ bytes: [UInt8], to name: String) throws {
    let file = try AtomicFile(path: path(name))
    try file.write(bytes)
    try file.commit()
  }

  private func batch(_ arguments: [String], after setup: String? = nil) throws -> Outcome {
    let model = ["--models", place.models.path, "--variant", "small_16k", "--steps", "1"]
    return try place.run(["batch"] + arguments + model + ["--progress", "none"], after: setup)
  }

  private func results(_ folder: String) -> [String: ClipResult] {
    ResultsFile.read(path("\(folder)/results.shard-0.jsonl"))
  }

  @Test("odd clips fail alone, and the rest is made")
  func odd() throws {
    let long = String(repeating: "l", count: 251)
    for name in ["a.mov", "a.mp4", "line\nbreak.mp4", "latin.mp4", "wide.mp4", long + ".mp4"] {
      try write(greyVideo(frames: 20), to: "in/" + name)
    }
    try write([0x77, 0xE9], to: "in/latin.txt")
    try write([0xFE, 0xFF, 0, 0x77], to: "in/wide.txt")
    let outcome = try batch(["in", "-o", "out", "--report"])
    #expect(outcome.status == 3)
    #expect(
      outcome.output
        == ["a.mov", "a.mp4", long, "wide"].map { "out/\($0).wav\n" }.joined())
    #expect(
      outcome.errors == """
        latin: failed, the prompt file 'in/latin.txt' is neither UTF-8 nor UTF-16, expected a short text \
        in UTF-8; check the path, or give the words with --prompt
        line\u{FFFD}break: failed, 'in/line\u{FFFD}break.mp4' has the id 'line\u{FFFD}break', which has \
        control characters; give it another one
        6 clips: 4 to make, 2 cannot be made
        mmaudio: 2 of 6 clips failed; mend what their messages say, then run the same command again, with \
        --retry-failed if the files stay as they are

        """)
    #expect(results("out")["line\nbreak"]?.status == .failed)
    #expect(Sidecar(beside: path("out/wide.wav"))?.settings[0].request.prompt == "w")

    let lines = fileContents(path("out/results.shard-0.jsonl"))
    let again = try batch(["in", "-o", "out", "--report", "-q"])
    #expect(again.status == 3 && again.output == "")
    #expect(fileContents(path("out/results.shard-0.jsonl")) == lines)
    #expect(try place.run(["report", "out"]).output.contains("failed    latin: the prompt file"))
    #expect(try batch(["in", "-o", "out", "--dry-run"]).status == 3)
  }

  @Test(
    "outputs among the inputs are no inputs the second time", arguments: ["in", "in/*", "in/out"])
  func outputsAmongInputs(input: String) throws {
    try write(greyVideo(frames: 20), to: "in/a.y4m")
    try write(greyVideo(frames: 22), to: "in/b.y4m")
    let folder = input == "in/out" ? input : "in"
    let source = input == "in/out" ? "in" : input
    let arguments = [source, "-o", folder, "--format", "mkv", "--recursive", "--takes", "2"]
    let first = try batch(arguments)
    #expect(first.status == 0)
    #expect(first.output.split(separator: "\n").count == 4)
    let second = try batch(arguments)
    #expect(second.output == "")
    #expect(second.status == 0)
    #expect(
      second.errors
        == "videos that mmaudio wrote are no clips: 4\n2 clips: 0 to make, 2 done before\n")
    guard folder == "in/out" else { return }
    #expect(try batch([folder]).status == 66)
    // What somebody else puts there is a clip.
    try write(greyVideo(frames: 20), to: "in/out/a.1.mkv")
    #expect(try batch([folder, "-o", "more", "--dry-run"]).output == "more/a.1.wav\n")
  }

  @Test("what else a row has is in its result")
  func extra() throws {
    try write(greyVideo(frames: 20), to: "in/a.mp4")
    let csv = " Video ;Scene\r\na.mp4;7\r\nb.mp4;8\r\n;\r\n"
    try write(Array(csv.utf8), to: "in/clips.csv")
    let outcome = try batch(["--manifest", "in/clips.csv", "-o", "out"])
    #expect(outcome.status == 3)
    #expect(outcome.errors.hasPrefix("kept for the results, and not used: Scene\n"))
    #expect(results("out").mapValues(\.status) == ["a": .done, "b": .failed])
    #expect(
      results("out").mapValues(\.extra)
        == ["a": ["Scene": .text("7")], "b": ["Scene": .text("8")]])
  }

  @Test("a name that is not UTF-8 works in a batch and alone")
  func notUTF8() throws {
    let stem = String(pathBytes: Array("latin".utf8) + [0xE9])
    try write(greyVideo(frames: 20), to: "in/\(stem).mp4")
    try write(Array("waves".utf8), to: "in/\(stem).txt")
    let outcome = try batch(["in", "-o", "out", "--report", "-q"])
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
    let names = try #require(fileNames(in: path("out"))).sorted()
    #expect(names.contains("\(stem).wav") && names.contains("\(stem).wav.html"))
    #expect(Sidecar(beside: path("out/\(stem).wav"))?.settings[0].request.prompt == "waves")
    #expect(results("out")[stem]?.status == .done)
    #expect(try batch(["in", "-o", "out", "--report", "-q"]) == Outcome(status: 0))
    try write(greyVideo(frames: 20), to: "\(stem).mp4")
    // The shell knows the byte; the words of `run` are text.
    let odd = "$(printf 'latin\\351')"
    let copy = try place.generate(
      ["--quiet"], after: "set -- \"$@\" \(odd).mp4 -o \(odd).mkv --report \(odd).html")
    #expect(copy.status == 0 && copy.errors == "")
    let like = try place.generate(
      ["--quiet", "-o", "b.wav"], after: "set -- \"$@\" --like \(odd).mkv")
    #expect(like.status == 0 && like.errors == "")
    let one = try batch(["-o", "one", "-q"], after: "set -- \"$@\" --manifest \(odd).jsonl")
    #expect(one.status == 66)
    #expect(
      one.errors
        == "mmaudio: 'latin\\xE9.jsonl' cannot be read; check the path and its permissions\n")
    let files = try #require(fileNames(in: place.scratch.url.path))
    #expect(files.contains("\(stem).mkv") && files.contains("\(stem).html"))
    #expect(copy.output == "latin\u{FFFD}.mkv\n")
    // What generate copies is read anew, by the path that batch gives its worker.
    let worker = try batch(
      ["in", "-o", "two", "-q"], after: "set -- \"$@\" --like \(odd).mkv --format wav")
    #expect(worker.status == 0 && worker.errors == "")
  }

  @Test("words that are not read are told, and are in the JSON")
  func unread() throws {
    let words = [String](repeating: "dog", count: 76).joined(separator: " ")
    let note = "the prompt is longer than the 77 tokens that are read; left out: 'dog'\n"
    let alone = try place.generate(
      ["--prompt", words, "-o", "a.wav", "--json", "--progress", "none"])
    #expect(alone.errors.contains(note))
    #expect(alone.output.contains(#""unread":{"prompt":"dog"}"#))
    try write(Array("id,prompt\na,\(words)\n".utf8), to: "clips.csv")
    let many = try batch(["--manifest", "clips.csv", "-o", "out", "--duration", "1", "--json"])
    #expect(many.status == 0)
    #expect(many.errors.contains("a: " + note))
    #expect(many.output.contains(#""unread":{"prompt":"dog"}"#))
  }
}
