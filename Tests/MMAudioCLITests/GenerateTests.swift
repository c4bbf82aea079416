import Foundation
import MMAudioMedia
import MMAudioTestSupport
import Testing

/// Runs that succeed.
@Suite struct GenerateTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  @Test("a prompt alone: progress on stderr, the path and nothing else on stdout")
  func prompt() throws {
    let outcome = try place.generate(["--prompt", "Rain, on a tin roof!"])
    #expect(
      outcome
        == Outcome(
          status: 0, output: "rain_on_a_tin_roof.wav\n",
          errors: "encoding text\nsampling\ndecoding\nvocoding 0/64\n"
            + "made 1.02 s of sound, asked for 1.00 s, with small_16k\n"))
    #expect(try place.names == ["rain_on_a_tin_roof.wav"])
    // 32 latents of 2 · 256 samples, 16 bits each.
    #expect(try soundData(place.scratch.file("rain_on_a_tin_roof.wav")).count == 32_768)
  }

  @Test("a video is named for its file and made as long as it is")
  func video() throws {
    let clip = try sharedFixtures().appendingPathComponent("videos/c_10fps.webm")
    let outcome = try place.run([
      "generate", clip.path, "--models", place.models.path, "--variant", "small_16k",
      "--steps", "1", "--prompt", "waves", "--window", "3.2",
    ])
    #expect(outcome.status == 0)
    #expect(outcome.output == "c_10fps.wav\n")
    let stages = outcome.errors.split(separator: "\n").map { $0.prefix { $0 != " " } }
    #expect(
      stages == [
        "reading", "encoding", "encoding", "encoding", "sampling", "decoding", "vocoding", "made",
      ])
    #expect(
      outcome.errors.hasSuffix(
        "made 3.00 s of sound with small_16k; the video is 3.00 s long; to fill a window it was played on, "
          + "backwards and forwards, for 0.20 s\n"))
    #expect(try place.names == ["c_10fps.wav"])
  }

  @Test("--mask-video does without the picture's content, and --duration shortens")
  func maskVideo() throws {
    _ = try place.scratch.write(greyVideo(frames: 50), to: "a b'ü.y4m")
    let masked = try place.generate(["a b'ü.y4m", "--mask-video", "--prompt", "steps"])
    #expect(
      masked
        == Outcome(
          status: 0, output: "a b'ü.wav\n",
          errors: "reading video\nencoding motion 0/2\nencoding text\nsampling\ndecoding\n"
            + "vocoding 0/64\nmade 1.02 s of sound, asked for 1.00 s, with small_16k\n"))
    let seen = try place.generate(["a b'ü.y4m", "--prompt", "steps", "-o", "seen.wav", "-q"])
    #expect(seen == Outcome(status: 0, output: "seen.wav\n"))
    #expect(
      try Data(contentsOf: place.scratch.file("seen.wav"))
        != Data(contentsOf: place.scratch.file("a b'ü.wav")))
  }

  @Test("a long clip is made in windows, and its sound ends when it does")
  func windows() throws {
    _ = try place.scratch.write(greyVideo(frames: 60), to: "long.y4m")
    let outcome = try place.run([
      "generate", "long.y4m", "--models", place.models.path, "--variant", "small_16k",
      "--steps", "2", "--window", "1.28", "--overlap", "0.4",
    ])
    #expect(outcome.output == "long.wav\n")
    #expect(
      outcome.withoutProgress.errors
        == "made 2.40 s of sound in 3 windows with small_16k; the video is 2.40 s long\n")
    #expect(try soundData(place.scratch.file("long.wav")).count == 2 * 38_400)
  }

  @Test("each of several takes is what its seed alone gives")
  func takes() throws {
    let outcome = try place.generate(["--prompt", "rain", "--takes", "3", "-q"])
    #expect(outcome == Outcome(status: 0, output: "rain.1.wav\nrain.2.wav\nrain.3.wav\n"))
    func sound(_ name: String) throws -> [Int16] {
      try soundData(place.scratch.file(name)).withUnsafeBytes {
        Array($0.bindMemory(to: Int16.self))
      }
    }
    var sounds: [[Int16]] = []
    for take in 1...3 {
      _ = try place.generate(
        ["--prompt", "rain", "--seed", "\(41 + take)", "-q", "-o", "alone.wav", "--force"])
      let (alone, together) = (try sound("alone.wav"), try sound("rain.\(take).wav"))
      #expect(alone.count == together.count)
      #expect(zip(alone, together).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
      sounds.append(together)
    }
    #expect(Set(sounds).count == 3)
  }

  @Test("a clip that is shorter than a window is made in a whole one, and says so")
  func mirrored() throws {
    _ = try place.scratch.write(greyVideo(frames: 3), to: "short.y4m")
    let arguments = [
      "generate", "short.y4m", "--models", place.models.path, "--variant", "small_16k",
      "--steps", "1", "--window", "1.2", "--overlap", "0",
    ]
    #expect(
      try place.run(arguments).withoutProgress
        == Outcome(
          status: 0, output: "short.wav\n",
          errors: "made 0.12 s of sound with small_16k; the video is 0.12 s long; to fill a window "
            + "it was played on, backwards and forwards, for 1.08 s\n"))
    #expect(try soundData(place.scratch.file("short.wav")).count == 2 * 1_920)
    let outcome = try place.run(arguments + ["--json", "-q", "--duration", "0.05", "--force"])
    #expect(outcome.output.contains(#""mirrored":1.12,"produced":0.05,"#))
  }

  @Test("a video may come through a pipe, and the prompt from a file")
  func pipes() throws {
    _ = try place.scratch.write(greyVideo(frames: 30), to: "clip.y4m")
    _ = try place.scratch.write(Array(" steps\n".utf8), to: "words.txt")
    let piped = try place.generate(
      ["-", "--prompt-file", "words.txt", "-q"], after: "exec <clip.y4m")
    #expect(piped == Outcome(status: 0, output: "stdin.wav\n"))
    let named = try place.generate(["clip.y4m", "--prompt", "steps", "-q"])
    #expect(named == Outcome(status: 0, output: "clip.wav\n"))
    #expect(
      try soundData(place.scratch.file("stdin.wav")) == soundData(place.scratch.file("clip.wav")))
  }

  @Test("a still image gives content, no timing, and does without Synchformer")
  func stillImage() throws {
    let image = try sharedFixtures().appendingPathComponent("videos/still.png")
    let models = try place.models(without: "synchformer.safetensors")
    let outcome = try place.generate([image.path, "--prompt", "harbour"], models: models)
    #expect(outcome.output == "still.wav\n")
    #expect(
      outcome.errors
        == "reading video\nencoding frames\nencoding text\nsampling\ndecoding\nvocoding 0/64\n"
        + "made 1.02 s of sound, asked for 1.00 s, with small_16k\n")
  }

  @Test("the reference's names of options, and -y and -n")
  func aliases() throws {
    let options = [
      "--num_steps", "2", "--cfg_strength", "3", "--negative_prompt", "music", "--mask_away_clip",
      "--skip_video_composite",
    ]
    _ = try place.scratch.write(greyVideo(frames: 30), to: "clip.y4m")
    let run =
      [
        "generate", "clip.y4m", "--models", place.models.path, "--variant", "small_16k", "-q",
      ] + Workplace.shortWindow
    #expect(try place.run(run + options) == Outcome(status: 0, output: "clip.wav\n"))
    #expect(
      try place.run(run + ["-n"])
        == .failure(
          73,
          "'clip.wav' exists already; pass --force to replace it, or another name with -o"))
    #expect(
      try place.run(run + options + ["-o", "out.mp4"])
        == .failure(
          64,
          "'out.mp4' is to be a video, but --skip-video-composite asks for the sound alone; leave that "
            + "out, or pass --format wav"))
    #expect(try place.run(run + options + ["-y"]) == Outcome(status: 0, output: "clip.wav\n"))
  }

  @Test("an output that is a video has the video's pictures and the sound")
  func videoOutput() throws {
    let clip = try sharedFixtures().appendingPathComponent("videos/c_10fps.webm")
    let outcome = try place.run([
      "generate", clip.path, "--models", place.models.path, "--variant", "small_16k",
      "--steps", "1", "-o", "out.webm", "--window", "3",
    ])
    #expect(outcome.output == "out.webm\n")
    #expect(outcome.errors.hasSuffix("with small_16k; the video is 3.00 s long\n"))
    #expect(try place.names == ["out.webm"])
    #expect(abs(try VideoSpan(path: place.scratch.file("out.webm").path).seconds - 3) < 0.001)
    let image = try sharedFixtures().appendingPathComponent("videos/still.png")
    for input in [["--prompt", "rain"], [image.path]] {
      #expect(
        try place.run(["generate", "-o", "rain.mp4"] + input)
          == .failure(
            64,
            "'rain.mp4' is to be a video, but there is none to put the sound into; give one, or pass "
              + "--format wav"))
    }
  }

  @Test("--low-memory makes the same sound")
  func lowMemory() throws {
    for (name, options) in [("a.wav", []), ("b.wav", ["--low-memory"])] {
      #expect(
        try place.generate(["--prompt", "rain", "-q", "-o", name] + options)
          == Outcome(status: 0, output: "\(name)\n"))
    }
    #expect(
      try Data(contentsOf: place.scratch.file("a.wav"))
        == Data(contentsOf: place.scratch.file("b.wav")))
  }

  @Test(
    "the extension chooses the format",
    arguments: [
      ("a.wav", "RIFF"), ("a.flac", "fLaC"), ("a.ogg", "OggS"), ("a.oga", "OggS"),
      ("a.opus", "OggS"), ("a.aiff", "FORM"), ("a.aif", "FORM"), ("a.au", ".snd"),
      ("a.snd", ".snd"), ("a.caf", "caff"), ("a.w64", "riff"), ("a.rf64", "RF64"),
    ])
  func formats(name: String, magic: String) throws {
    #expect(
      try place.generate(["--prompt", "rain", "-q", "-o", name])
        == Outcome(status: 0, output: "\(name)\n"))
    let bytes = try Data(contentsOf: place.scratch.file(name))
    #expect(String(decoding: bytes.prefix(4), as: UTF8.self) == magic)
    #expect(try place.names == [name])
  }

  @Test(
    "prompts that look like something else are prompts",
    arguments: [
      (["--prompt", ""], "sound.wav"), (["--prompt="], "sound.wav"),
      (["--prompt", "-x"], "x.wav"), (["--prompt", "---"], "sound.wav"),
      (["--prompt", "--steps=", "--negative-prompt="], "steps.wav"),
      (["--prompt=--force"], "force.wav"), (["--prompt", "-h", "--negative-prompt", "-"], "h.wav"),
    ])
  func oddPrompts(arguments: [String], name: String) throws {
    #expect(
      try place.generate(arguments + ["-q"]) == Outcome(status: 0, output: "\(name)\n"))
    #expect(try place.names == [name])
  }

  @Test("a prompt of 100 KB makes a sound")
  func longPrompt() throws {
    let prompt = String(repeating: "x", count: 100_000)
    let outcome = try place.generate(["--prompt", prompt, "-q"])
    #expect(outcome == Outcome(status: 0, output: String(repeating: "x", count: 60) + ".wav\n"))
  }

  @Test("a seed gives the same sound again, and negative seeds wrap around")
  func seeds() throws {
    func sound(_ seed: String) throws -> Data {
      let arguments = ["--prompt", "rain", "--seed", seed, "-q", "--force"]
      #expect(try place.generate(arguments).status == 0)
      return try Data(contentsOf: place.scratch.file("rain.wav"))
    }
    let first = try sound("7")
    #expect(try sound("7") == first)
    let wrapped = try sound("18446744073709551615")
    #expect(try sound("-1") == wrapped)
    #expect(wrapped != first)
  }

  @Test(
    "a stderr that is closed or full does not stop a run",
    arguments: ["exec 2>&-", "exec 2>/dev/full"])
  func lostProgress(setup: String) throws {
    #expect(
      try place.generate(["--prompt", "rain"], after: setup)
        == Outcome(status: 0, output: "rain.wav\n"))
  }

  @Test("a stdout that is full is an error, although the sound is there")
  func lostOutput() throws {
    #expect(
      try place.generate(["--prompt", "rain", "-q"], after: "exec >/dev/full")
        == .failure(74, "the standard output cannot be written; check the disk it goes to"))
    #expect(try place.names == ["rain.wav"])
  }

  @Test("a device is no file to overwrite")
  func device() throws {
    try FileManager.default.createSymbolicLink(
      atPath: place.scratch.file("null.wav").path, withDestinationPath: "/dev/null")
    #expect(
      try place.generate(["--prompt", "rain", "-q", "-o", "null.wav"])
        == Outcome(status: 0, output: "null.wav\n"))
  }
}
