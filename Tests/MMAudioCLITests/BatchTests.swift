import Foundation
import MMAudioTestSupport
import Testing

@testable import MMAudioCLI

/// `mmaudio batch` from a folder to sounds, and again.
@Suite struct BatchTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// Puts clips of different lengths into the folder `in`.
  private func clips(_ names: [String]) throws {
    try FileManager.default.createDirectory(
      at: place.scratch.file("in"), withIntermediateDirectories: true)
    for (index, name) in names.enumerated() {
      _ = try place.scratch.write(greyVideo(frames: 20 + index), to: "in/\(name).mp4")
    }
  }

  private var arguments: [String] {
    ["batch", "in", "-o", "out", "--models", place.models.path, "--variant", "small_16k"]
      + ["--steps", "1", "-q"] + Workplace.shortWindow
  }

  private func batch(_ more: [String] = []) throws -> Outcome { try place.run(arguments + more) }

  private func results(_ shard: Int = 0) throws -> [ClipResult] {
    let data = try Data(contentsOf: place.scratch.file("out/results.shard-\(shard).jsonl"))
    return try data.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(ClipResult.self, from: $0)
    }
  }

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: place.scratch.file(name))
  }

  /// When a file was last written, in nanoseconds.
  private func time(_ name: String) -> Int? {
    FileStamp(path: place.scratch.file(name).path)?.modified
  }

  @Test("every clip gets the sound that generate would give it, once")
  func once() throws {
    try clips(["a", "b", "c"])
    let first = try batch()
    #expect(first == Outcome(status: 0, output: "out/a.wav\nout/b.wav\nout/c.wav\n"))
    let made = try results()
    #expect(made.map(\.id) == ["a", "b", "c"])
    #expect(made.allSatisfy { $0.status == .done && ($0.seconds["total"] ?? 0) > 0 })
    let seed = try #require(Sidecar(beside: place.scratch.file("out/b.wav").path))
      .settings[0].request.seed
    _ = try place.run(
      [
        "generate", "in/b.mp4", "--models", place.models.path, "--variant", "small_16k", "--steps",
        "1", "-q", "--seed", "\(seed)", "-o", "alone.wav",
      ] + Workplace.shortWindow)
    #expect(try bytes("alone.wav") == bytes("out/b.wav"))

    let times = ["a", "b", "c"].map { time("out/\($0).wav") }
    #expect(try batch() == Outcome(status: 0))
    #expect(["a", "b", "c"].map { time("out/\($0).wav") } == times)
    #expect(try results() == made)
  }

  @Test("only what changed is made again")
  func changes() throws {
    try clips(["a", "b"])
    _ = try batch()
    let b = try bytes("out/b.wav")
    // Another time alone is no change.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_000_000)],
      ofItemAtPath: place.scratch.file("in/b.mp4").path)
    #expect(try batch().output == "")
    _ = try place.scratch.write(greyVideo(frames: 30), to: "in/a.mp4")
    #expect(try batch().output == "out/a.wav\n")
    try FileManager.default.removeItem(at: place.scratch.file("out/b.wav"))
    #expect(try batch().output == "out/b.wav\n")
    #expect(try bytes("out/b.wav") == b)
    #expect(try batch(["--cfg", "3"]).output == "out/a.wav\nout/b.wav\n")
    #expect(try batch(["--cfg", "3", "--bit-depth", "24"]).output == "out/a.wav\nout/b.wav\n")
  }

  @Test("a sound without its sidecar is not taken for done")
  func unfinished() throws {
    try clips(["a"])
    _ = try batch()
    let sound = try bytes("out/a.wav")
    try FileManager.default.removeItem(at: place.scratch.file("out/a.wav.json"))
    try Data("half".utf8).write(to: place.scratch.file("out/a.wav"))
    #expect(try batch().output == "out/a.wav\n")
    #expect(try bytes("out/a.wav") == sound)
  }

  @Test("clips that fail are told, passed over later, and tried again when asked or mended")
  func failures() throws {
    try clips(["a", "b", "c"])
    try Data("text".utf8).write(to: place.scratch.file("in/a.mp4"))
    try Data().write(to: place.scratch.file("in/c.mp4"))
    let outcome = try batch()
    #expect(outcome.status == 3)
    #expect(outcome.output == "out/b.wav\n")
    #expect(
      outcome.errors
        == "mmaudio: 2 of 3 clips failed; mend what their messages say, then run the same command "
        + "again, with --retry-failed if the files stay as they are\n")
    let failed = try results().filter { $0.status == .failed }
    #expect(failed.map(\.id) == ["a", "c"])
    #expect(failed.allSatisfy { $0.error?.kind == .input })

    #expect(try batch() == Outcome(status: 3, errors: outcome.errors))
    #expect(try results().count == 3)
    #expect(try batch(["--retry-failed"]).status == 3)
    #expect(try results().count == 5)
    _ = try place.scratch.write(greyVideo(frames: 20), to: "in/a.mp4")
    #expect(try batch().output == "out/a.wav\n")

    let report = try place.run(["report", "out"])
    #expect(report.status == 3)
    let words = report.output.split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
    #expect(words.prefix(4) == ["clips 3", "done 2", "failed 1", "missing 0"])
    #expect(words.last?.hasPrefix("failed c: 'in/c.mp4' is empty") == true)
  }

  @Test("--fail-fast ends at the first failure, and report says what is missing")
  func failFast() throws {
    try clips(["a", "b", "c"])
    try Data("text".utf8).write(to: place.scratch.file("in/b.mp4"))
    let outcome = try batch(["--fail-fast"])
    #expect(outcome.status == 3)
    #expect(outcome.output == "out/a.wav\n")
    let report = try place.run(["report", "out"])
    #expect(report.status == 75)
    #expect(
      report.errors == "mmaudio: 'out' lacks results of 1 clip; run `mmaudio batch` again\n")
    #expect(
      try place.run(["report", "in"])
        == .failure(
          66,
          "'in' has no batch, expected the output folder of `mmaudio batch`; check the path"))
  }

  /// The process that `parent` has started, instead of the one `before`, as soon as there is one.
  private func child(of parent: pid_t, after before: pid_t? = nil) throws -> pid_t {
    let path = "/proc/\(parent)/task/\(parent)/children"
    for _ in 0..<5000 {
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      let children = text.split(separator: " ").compactMap { pid_t($0) }
      if let child = children.first(where: { $0 != before }) { return child }
      usleep(1000)
    }
    throw CocoaError(.fileNoSuchFile)
  }

  @Test("what generate takes for one clip applies to all: like another sound, with a page each")
  func like() throws {
    try clips(["a", "b"])
    let models = ["--models", place.models.path]
    let model = [
      "generate", "in/a.mp4", "--prompt", "rain", "--variant", "small_16k", "--steps", "1",
    ]
    #expect(try place.run(model + ["--peak", "-3", "-o", "x.flac", "-q"] + models).status == 0)
    let arguments = ["batch", "in", "-o", "out", "--like", "x.flac", "-q"] + models
    let made = try place.run(arguments)
    #expect(made == Outcome(status: 0, output: "out/a.flac\nout/b.flac\n"))
    let record = try #require(Sidecar(beside: place.scratch.file("out/b.flac").path)).settings[0]
    #expect(record.request.prompt == "rain")
    #expect(record.request.steps == 1)
    #expect(record.output.peak == -3)
    #expect(try place.run(arguments) == Outcome(status: 0, output: ""))
    let (sound, time) = (try bytes("out/b.flac"), time("out/b.flac"))
    // A page needs the sound, which is made again as it was.
    #expect(try place.run(arguments + ["--report"]) == made)
    #expect(try bytes("out/b.flac") == sound)
    #expect(self.time("out/b.flac") != time)
    #expect(String(decoding: try bytes("out/b.flac.html"), as: UTF8.self).contains("rain"))
    #expect(try place.run(arguments + ["--report"]) == Outcome(status: 0, output: ""))
  }

  @Test("a clip at whose work the process dies twice is given up, and takes no other along")
  func poison() throws {
    try clips(["a", "b", "c"])
    let run = try place.start(arguments + ["--steps", "2000"])
    let worker = try child(of: run.identifier)
    while time("out/clips.shard-0.json") == nil { usleep(1000) }
    // It has said by now which clip it is at, and knows the next one, which may be to blame too.
    usleep(1_500_000)
    kill(worker, SIGKILL)
    let second = try child(of: run.identifier, after: worker)
    usleep(1_500_000)
    #expect((try? results()) ?? [] == [])
    // This one has the first clip alone.
    kill(second, SIGKILL)
    _ = try child(of: run.identifier, after: second)
    kill(run.identifier, SIGTERM)
    #expect(try run.wait().status == 143)
    let result = try #require(try results().first)
    #expect(try results().count == 1)
    #expect(result.id == "a")
    #expect(result.status == .failed)
    #expect(result.error?.kind == .killed)
    #expect(try batch().output.contains("out/c.wav\n"))
  }

  @Test("a batch that is killed again and again ends with what an undisturbed one gives")
  func killed() throws {
    let names = ["a", "b", "c", "d"]
    try clips(names)
    _ = try batch()
    let expected = try names.map { try bytes("out/\($0).wav") }
    let sidecars = try names.map { try bytes("out/\($0).wav.json") }
    try FileManager.default.removeItem(at: place.scratch.file("out"))
    for _ in 0..<5 {
      let run = try place.start(arguments)
      usleep(.random(in: 10_000...800_000))
      kill(run.identifier, SIGKILL)
      #expect([-SIGKILL, 0].contains(try run.wait().status))
    }
    #expect(try batch().status == 0)
    #expect(try names.map { try bytes("out/\($0).wav") } == expected)
    #expect(try names.map { try bytes("out/\($0).wav.json") } == sidecars)
    #expect(Set(try results().map(\.id)) == Set(names))
    // The worker of a process that was killed ends by itself, and takes its files along.
    let hidden = {
      try FileManager.default.contentsOfDirectory(atPath: place.scratch.file("out").path)
        .filter { $0.hasPrefix(".") }
    }
    for _ in 0..<200 where try !hidden().isEmpty { usleep(10_000) }
    #expect(try hidden() == [])
  }
}
