import Foundation
import MMAudioTestSupport
import Testing

/// Places where an output cannot or must not go: one line, and nothing written.
@Suite struct OutputTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func expectRefusal(_ output: String, _ status: Int32, _ line: String) throws {
    let before = try place.names
    #expect(
      try place.generate(["--prompt", "rain", "-o", output]) == .failure(status, line), "\(output)")
    #expect(try place.names == before)
  }

  @Test(
    "extensions and folders",
    arguments: [
      (
        "no/sound.wav", 73,
        "'no/sound.wav' cannot be created, the folder 'no' does not exist; create it first"
      ),
      ("/", 73, "'/' is a folder, expected the name of a file; add one"),
      ("", 73, "'' cannot be created (the name is empty); choose a folder that you may write to"),
      (
        "/proc/sound.wav", 73,
        "'/proc/sound.wav' cannot be created (No such file or directory); choose a folder that you "
          + "may write to"
      ),
      (
        "sound.xyz", 64,
        "'sound.xyz' has the extension 'xyz', expected one of wav, flac, ogg, oga, opus, mp3, aiff, "
          + "aif, au, snd, caf, w64, rf64, or for a video with its sound mp4, m4v, mov, mkv, webm; "
          + "rename the output, or name a format with --format"
      ),
      (
        "/dev/null", 64,
        "'/dev/null' has no extension, expected one of wav, flac, ogg, oga, opus, mp3, aiff, aif, au, "
          + "snd, caf, w64, rf64, or for a video with its sound mp4, m4v, mov, mkv, webm; rename the "
          + "output, or name a format with --format"
      ),
    ] as [(String, Int32, String)])
  func refused(output: String, status: Int32, line: String) throws {
    try expectRefusal(output, status, line)
  }

  @Test("a format that cannot hold what is asked for")
  func formats() throws {
    #expect(
      try place.generate(["--prompt", "rain", "-o", "a.flac", "--bit-depth", "32f"])
        == .failure(
          64,
          "'a.flac' cannot hold 32-bit float samples; choose another --bit-depth or the extension wav"
        ))
    #expect(
      try place.generate(["--prompt", "rain", "-o", "a.opus"], variant: "small_44k")
        == .failure(
          64,
          "'a.opus' cannot be encoded at 44100 Hz (Opus only supports sample rates of 8000, 12000, "
            + "16000, 24000, and 48000); choose another --sample-rate, or the extension wav or flac"
        ))
    #expect(try place.names == [])
  }

  @Test("a folder without permission", .enabled(if: geteuid() != 0))
  func unwritable() throws {
    let folder = place.scratch.file("closed")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    chmod(folder.path, 0o500)
    defer { chmod(folder.path, 0o700) }
    try expectRefusal(
      "closed/a.wav", 73,
      "'closed/a.wav' cannot be created (Permission denied); choose a folder that you may write to"
    )
  }

  @Test("what exists stays as it is without --force, and is replaced with it")
  func existing() throws {
    _ = try place.scratch.write([1, 2, 3], to: "rain.wav")
    try expectRefusal(
      "rain.wav", 73,
      "'rain.wav' exists already; pass --force to replace it, or another name with -o")
    #expect(try Data(contentsOf: place.scratch.file("rain.wav")) == Data([1, 2, 3]))
    #expect(try place.generate(["--prompt", "rain", "-q", "--force"]).status == 0)
    #expect(try Data(contentsOf: place.scratch.file("rain.wav")).count > 1000)
  }

  @Test("the input is never replaced, by whatever name and even with --force")
  func inputAsOutput() throws {
    let video = greyVideo(frames: 50)
    _ = try place.scratch.write(video, to: "clip.wav")
    let files = FileManager.default
    try files.createSymbolicLink(
      atPath: place.scratch.file("link.wav").path, withDestinationPath: "clip.wav")
    try files.linkItem(at: place.scratch.file("clip.wav"), to: place.scratch.file("hard.wav"))
    let before = try place.names
    for output in ["clip.wav", "./clip.wav", "link.wav", "hard.wav"] {
      let problem =
        "'\(output)' would be replaced by what is made from it; choose another name for the output"
      #expect(try place.generate(["clip.wav", "--force", "-o", output]) == .failure(64, problem))
    }
    // The name that derives from the input is its own.
    #expect(try place.generate(["clip.wav", "--force"]).status == 64)
    for name in ["clip.wav", "hard.wav"] {
      #expect(try Data(contentsOf: place.scratch.file(name)) == Data(video))
    }
    #expect(
      try place.run(["stage", "frames", "--video", "clip.wav", "--output", "link.wav"])
        == .failure(
          64,
          "'link.wav' would be replaced by what is made from it; choose another name for the output"
        ))
    #expect(try place.names == before)
  }

  @Test("a full disk, and a limit on file sizes")
  func fullDisk() throws {
    try FileManager.default.createSymbolicLink(
      atPath: place.scratch.file("full.wav").path, withDestinationPath: "/dev/full")
    let before = try place.names
    func problem(_ name: String) -> Outcome {
      .failure(
        74, "'\(name)' cannot be written, the disk is full; free some space or choose another disk"
      )
    }
    #expect(
      try place.generate(["--prompt", "rain", "-o", "full.wav"]).withoutProgress
        == problem("full.wav"))
    #expect(
      try place.generate(["--prompt", "rain", "-o", "a.wav"], after: "ulimit -f 1").withoutProgress
        == problem("a.wav"))
    #expect(
      try place.run(["stage", "noise", "--shape", "9,999", "--output", "a"], after: "ulimit -f 1")
        == problem(place.scratch.file("a").path))
    #expect(try place.names == before)
  }
}
