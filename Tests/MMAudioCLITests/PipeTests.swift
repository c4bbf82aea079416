import Foundation
import MMAudioMedia
import Testing

/// Videos that come through pipes, and sounds that go on through one.
@Suite struct PipeTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    _ = try place.scratch.write(greyVideo(frames: 30), to: "clip.y4m")
  }

  /// Runs a line of bash in the folder, where `$0` is the command and `$@` are arguments of `generate`.
  private func bash(_ line: String, _ more: [String] = []) throws -> Outcome {
    try place.generate(
      ["-q"] + more,
      after: "exec bash -c '\(line.replacingOccurrences(of: "'", with: "'\\''"))' \"$0\" \"$@\"")
  }

  @Test("a pipe by name or number is read like the standard input")
  func input() throws {
    #expect(try place.generate(["clip.y4m", "-q"]).status == 0)
    let expected = try soundData(place.scratch.file("clip.wav"))
    #expect(
      try bash("\"$0\" \"$@\" <(cat clip.y4m) -o a.wav") == Outcome(status: 0, output: "a.wav\n"))
    #expect(
      try bash("cat clip.y4m | \"$0\" \"$@\" /dev/stdin")
        == Outcome(status: 0, output: "stdin.wav\n"))
    #expect(
      try bash("mkfifo b.fifo; cat clip.y4m > b.fifo & \"$0\" \"$@\" b.fifo")
        == Outcome(status: 0, output: "b.wav\n"))
    for name in ["a.wav", "stdin.wav", "b.wav"] {
      #expect(try soundData(place.scratch.file(name)) == expected)
    }
    // Which number the pipe had is not in the file.
    #expect(try place.run(["inspect", "a.wav", "--json"]).output.contains("\"name\":\"-\""))
  }

  @Test("a sound goes to the standard output, alone")
  func output() throws {
    #expect(try place.generate(["clip.y4m", "-q"]).status == 0)
    for (arguments, name) in [([], "a.wav"), (["--format", "flac"], "a.flac")] {
      #expect(
        try bash("\"$0\" \"$@\" > \(name)", ["clip.y4m", "-o", "-"] + arguments)
          == Outcome(status: 0))
    }
    #expect(
      try contents("a.wav") == Data(contentsOf: place.scratch.file("clip.wav")))
    #expect(try contents("a.flac").starts(with: Data("fLaC".utf8)))
    let piped = try bash(
      "\"$0\" \"$@\" | cat > a.mkv", ["clip.y4m", "-o", "-", "--format", "mkv"])
    #expect(piped == Outcome(status: 0))
    #expect(try VideoSpan(path: place.scratch.file("a.mkv").path).seconds > 1.1)
    #expect(try place.names.allSatisfy { !$0.hasSuffix(".tmp") && $0 != "-" })
  }

  private func contents(_ name: String) throws -> Data {
    try Data(contentsOf: place.scratch.file(name))
  }

  @Test("what does not go with the standard output")
  func refusals() throws {
    for option in [["--json"], ["--takes", "2"]] {
      #expect(
        try place.generate(["clip.y4m", "-o", "-"] + option)
          == .failure(
            64,
            "-o - sends one sound to the standard output, and \(option[0]) would send more there; leave "
              + "out \(option[0]), or name a file with -o"))
    }
    let models = place.models.path
    let typed = try place.runOnTerminal([
      "generate", "--models", models, "--variant", "small_16k", "clip.y4m", "-o", "-",
    ])
    #expect(typed.status == 64)
    #expect(
      typed.output.contains(
        "the standard output is a terminal, expected a pipe or a file for the sound"))
  }
}
