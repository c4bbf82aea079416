import Foundation
import MMAudioTestSupport
import Testing

/// What a file says of its making, and making the same again.
@Suite struct RecordTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    _ = try place.scratch.write(greyVideo(frames: 30), to: "clip.y4m")
  }

  /// Runs `generate` with the shared models and nothing else that the test does not say.
  private func make(_ arguments: [String]) throws -> Outcome {
    try place.run(
      ["generate", "--models", place.models.path, "-q"] + Workplace.shortWindow + arguments)
  }

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: place.scratch.file(name))
  }

  @Test("a file made like another is the same, and what is said beside changes")
  func like() throws {
    let options = [
      "clip.y4m", "--variant", "small_16k", "--prompt", "\"steps\" é", "--steps", "2", "--seed",
      "9", "--cfg", "3", "--negative-prompt", "music", "--duration", "1",
    ]
    _ = try make(options + ["-o", "a.wav"])
    #expect(
      try make(["--like", "a.wav", "-o", "b.wav"]) == Outcome(status: 0, output: "b.wav\n"))
    #expect(try bytes("a.wav") == bytes("b.wav"))
    _ = try make(["--like", "a.wav", "--seed", "10", "-o", "c.wav"])
    #expect(try soundData(place.scratch.file("a.wav")) != soundData(place.scratch.file("c.wav")))
    _ = try make(["--like", "c.wav", "--seed", "9", "-o", "d.wav"])
    #expect(try bytes("a.wav") == bytes("d.wav"))
  }

  @Test("a take of several is made again alone")
  func take() throws {
    _ = try make([
      "--variant", "small_16k", "--prompt", "rain", "--steps", "1", "--takes", "2", "--duration",
      "1", "-o", "rain.wav",
    ])
    _ = try make(["--like", "rain.2.wav", "-o", "again.wav"])
    #expect(
      try soundData(place.scratch.file("rain.2.wav"))
        == soundData(place.scratch.file("again.wav")))
  }

  @Test("inspect shows the settings, for people and for programs")
  func inspect() throws {
    _ = try make([
      "clip.y4m", "--variant", "small_16k", "--prompt", "steps", "--steps", "1", "-o", "a.flac",
    ])
    let shown = try place.run(["inspect", "a.flac"])
    #expect(shown.status == 0)
    let lines = shown.output.split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
    #expect(
      lines.prefix(4) == ["made by mmaudio 0.1.0", "variant small_16k", "seed 42", "prompt steps"])
    #expect(lines.contains("video clip.y4m"))
    let object = try place.run(["inspect", "a.flac", "--json"])
    #expect(object.output.contains("\"prompt\":\"steps\""))
    #expect(object.output.split(separator: "\n").count == 1)
  }

  @Test("a video that had a comment of its own tells the newest sound")
  func twice() throws {
    let clip = try fixtureVideo("c_10fps.webm")
    _ = try make([clip, "--variant", "small_16k", "--steps", "1", "-o", "a.webm"])
    _ = try make(["a.webm", "--variant", "small_16k", "--steps", "2", "-o", "b.webm"])
    #expect(try place.run(["inspect", "a.webm", "--json"]).output.contains("\"steps\":1"))
    #expect(try place.run(["inspect", "b.webm", "--json"]).output.contains("\"steps\":2"))
  }

  @Test("a file without a record, and a record whose video is not found")
  func mistakes() throws {
    #expect(
      try place.run(["inspect", "clip.y4m"])
        == .failure(
          65,
          "'clip.y4m' does not say how it was made, expected a file that mmaudio wrote; give another "
            + "one, not au or w64, which have no place for it"))
    _ = try make(["clip.y4m", "--variant", "small_16k", "--steps", "1", "-o", "a.wav"])
    try FileManager.default.removeItem(at: place.scratch.file("clip.y4m"))
    #expect(
      try make(["--like", "a.wav", "-o", "b.wav"])
        == .failure(
          66,
          "'a.wav' was made for the video 'clip.y4m', which is neither beside it nor in the current "
            + "folder; give its path"))
  }

  @Test("what is not as it was is said")
  func changes() throws {
    _ = try make(["clip.y4m", "--variant", "small_16k", "--steps", "1", "-o", "a.wav"])
    _ = try place.scratch.write(greyVideo(frames: 31), to: "clip.y4m")
    let models = try place.models(without: "vae_16k.safetensors") { url in
      try rewrite(
        place.models.appendingPathComponent("vae_16k.safetensors"), to: url,
        metadata: ["source_sha256": "00"])
    }
    let outcome = try place.run([
      "generate", "--models", models.path, "--like", "a.wav", "-o", "b.wav",
    ])
    #expect(
      outcome.withoutProgress.errors.hasPrefix(
        "'clip.y4m' is not the video that 'a.wav' was made for\n"
          + "'a.wav' was made with other weights in vae_16k.safetensors\n"))
  }

  @Test("a format that has no room for the settings is said to")
  func noRoom() throws {
    let outcome = try place.generate(["--prompt", "rain", "-o", "a.au"])
    #expect(
      outcome.withoutProgress.errors
        == "'a.au' has no room to say how it was made\n"
        + "made 1.02 s of sound, asked for 1.00 s, with small_16k\n")
  }

  private func fixtureVideo(_ name: String) throws -> String {
    try sharedFixtures().appendingPathComponent("videos/\(name)").path
  }
}
