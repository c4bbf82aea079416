import Foundation
import Testing

/// Wrong use: one line, status 64, and nothing written.
@Suite struct UsageTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func expectRefusal(_ arguments: [String], _ line: String) throws {
    #expect(try place.run(arguments) == .failure(64, line), "\(arguments)")
    #expect(try place.names == [])
  }

  @Test(
    "arguments that the parser does not know",
    arguments: [
      (["paint"], "Unexpected argument 'paint'"),
      (["generate", "--zzzzzzzzzzzzzz"], "Unknown option '--zzzzzzzzzzzzzz'"),
      (["generate", "a.mp4", "b.mp4"], "Unexpected argument 'b.mp4'"),
      (["generate", "--prompt"], "Missing value for '--prompt <prompt>'"),
      (["generate", "--prompt", "x", "--steps"], "Missing value for '--steps <steps>'"),
      (
        ["generate", "--prompt", "x", "--duration", "abc"],
        "The value 'abc' is invalid for '--duration <duration>'"
      ),
      (
        ["generate", "--prompt", "x", "--steps", "x"],
        "The value 'x' is invalid for '--steps <steps>'"
      ),
      (
        ["generate", "--prompt", "x", "--steps", "99999999999999999999"],
        "The value '99999999999999999999' is invalid for '--steps <steps>'"
      ),
      (
        ["generate", "--prompt", "x", "--seed", "x"], "The value 'x' is invalid for '--seed <seed>'"
      ),
      (
        ["generate", "--prompt", "x", "--seed", "18446744073709551616"],
        "The value '18446744073709551616' is invalid for '--seed <seed>'"
      ),
      (["generate", "--prompt", "x", "--cfg", "x"], "The value 'x' is invalid for '--cfg <cfg>'"),
      (
        ["generate", "--prompt", "x", "--variant", "huge"],
        "The value 'huge' is invalid for '--variant <variant>'. Please provide one of the following: "
          + "nano_16k, small_16k, small_44k, medium_44k, large_44k, large_44k_v2"
      ),
      (
        ["generate", "--prompt", "x", "--bit-depth", "8"],
        "The value '8' is invalid for '--bit-depth <bit-depth>'. Please provide one of '16', '24' or "
          + "'32f'"
      ),
      (
        ["generate", "--prompt", "x", "--threads", "-1"],
        "--threads is -1, expected 1 to 1024; leave it out to use what there is"
      ),
      (["convert", "a.pth"], "Missing expected argument '--output <output>'"),
      (["stage", "noise"], "Missing expected argument '--output <output>'"),
      (
        ["stage", "noise", "--shape", "2,,2", "--output", "x"],
        "The value '2,,2' is invalid for '--shape <shape>'"
      ),
    ])
  func parser(arguments: [String], problem: String) throws {
    try expectRefusal(arguments, problem + "; see `mmaudio --help`")
  }

  @Test("a misspelt option gets a hint")
  func misspelt() throws {
    try expectRefusal(
      ["generate", "--durations", "3"],
      "Unknown option '--durations'. Did you mean '--duration'? See `mmaudio --help`")
  }

  @Test("an endless argument does not make an endless line")
  func endlessArgument() throws {
    let outcome = try place.run(["generate", "--" + String(repeating: "x", count: 5000)])
    #expect(outcome.status == 64)
    #expect(outcome.errors.count < 300)
    #expect(outcome.errors.hasSuffix("…; see `mmaudio --help`\n"))
  }

  @Test("neither a video nor a prompt")
  func nothingToDo() throws {
    try expectRefusal(
      ["generate"], "there is nothing to make sound for; give a video, or --prompt, or both")
  }

  @Test("prompt files that have no prompt, and two prompts")
  func promptFiles() throws {
    let advice = ", expected a short text in UTF-8; check the path, or give the words with --prompt"
    #expect(
      try place.run(["generate", "--prompt-file", "none.txt"])
        == .failure(66, "the prompt file 'none.txt' cannot be read\(advice)"))
    #expect(
      try place.run(["generate", "--prompt-file", "/bin/sh"])
        == .failure(66, "the prompt file '/bin/sh' is neither UTF-8 nor UTF-16\(advice)"))
    #expect(
      try place.run(["generate", "--prompt-file", "/dev/zero"])
        == .failure(66, "the prompt file '/dev/zero' is longer than 1 MiB\(advice)"))
    #expect(
      try place.run(["generate", "--prompt-file", "a.txt", "--prompt", "x"])
        == .failure(
          64, "there are --prompt and --prompt-file 'a.txt', expected one of them; leave one out"))
  }

  @Test(
    "numbers that no run can meet",
    arguments: [
      (
        ["--duration", "0"],
        "a duration of 0.0 s is too short, expected at least 0.64 s; pass a longer one with --duration"
      ),
      (
        ["--duration", "-1"],
        "a duration of -1.0 s is too short, expected at least 0.64 s; pass a longer one with --duration"
      ),
      (
        ["--window", "0.5"],
        "a window of 0.5 s cannot be made, expected 0.64 to 300.0 s; pass --window 8, which is best"
      ),
      (
        ["--overlap", "7.9"],
        "windows cannot overlap by 7.9 s, expected 0 to 7.68 s; pass another --overlap, or a longer --window"
      ),
      (
        ["--takes", "0"],
        "0 takes cannot be made, expected 1 to 64; pass another number with --takes"
      ),
      (
        ["--duration", "0.63"],
        "a duration of 0.63 s is too short, expected at least 0.64 s; pass a longer one with --duration"
      ),
      (
        ["--duration", "nan"],
        "a duration of nan s is too short, expected at least 0.64 s; pass a longer one with --duration"
      ),
      (
        ["--duration", "inf"],
        "a duration of inf s is too long, expected at most 14400.0 s; pass a shorter one with --duration"
      ),
      (
        ["--duration", "1e9"],
        "a duration of 1000000000.0 s is too long, expected at most 14400.0 s; pass a shorter one with --duration"
      ),
      (
        ["--steps", "0"],
        "0 steps cannot be taken, expected 1 to 10000; pass another number with --steps"
      ),
      (
        ["--steps", "-5"],
        "-5 steps cannot be taken, expected 1 to 10000; pass another number with --steps"
      ),
      (
        ["--steps", "1000000000000"],
        "1000000000000 steps cannot be taken, expected 1 to 10000; pass another number with --steps"
      ),
      (
        ["--cfg", "nan"],
        "the strength of guidance is nan, expected a finite number; pass one such as --cfg 4.5"
      ),
      (
        ["--cfg", "inf"],
        "the strength of guidance is inf, expected a finite number; pass one such as --cfg 4.5"
      ),
      (
        ["--cfg", "1e39"],
        "the strength of guidance is inf, expected a finite number; pass one such as --cfg 4.5"
      ),
    ])
  func absurdNumbers(arguments: [String], line: String) throws {
    try expectRefusal(
      ["generate", "--models", place.models.path, "--prompt", "rain"] + arguments, line)
  }

  @Test("a file name that breaks lines or colours the terminal stays in one plain line")
  func hostileName() throws {
    let name = "no\nsuch\u{1B}[31m.mp4"
    #expect(
      try place.generate([name]).withoutProgress
        == .failure(
          66,
          "'no\u{FFFD}such\u{FFFD}[31m.mp4' does not exist, expected a video file; check the path"
        ))
  }
}
