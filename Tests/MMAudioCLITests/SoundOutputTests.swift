import Foundation
import MMAudioKernels
import Testing

@testable import MMAudio
@testable import MMAudioCLI
@testable import MMAudioMedia

/// How an output is finished, in which format, and what is said about it.
@Suite struct SoundOutputTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func start(of name: String, _ count: Int) throws -> String {
    String(decoding: try Data(contentsOf: place.scratch.file(name)).prefix(count), as: UTF8.self)
  }

  private func write(
    _ samples: [Float], to name: String, _ options: [String] = [], comment: String? = nil
  ) throws -> WrittenSound {
    let sound = Waveform(Tensor([samples.count], samples), sampleRate: 16_000, seconds: nil)
    let (path, options) = (place.scratch.file(name).path, try OutputOptions.parse(options))
    return try SoundOutput(
      path: path, request: GenerationRequest(), rate: ModelVariant.nano.rate,
      settings: options.settings(from: nil, path: path), options: options
    ).write(sound, comment: comment)
  }

  @Test("values out of range are refused before the work")
  func ranges() throws {
    for (option, value, line) in [
      (
        "--sample-rate", "7999",
        "the sample rate is 7999 Hz, expected 8000 to 192000; pass one such as --sample-rate 48000"
      ),
      ("--peak", "0.1", "the peak is 0.1 dBFS, expected -60 to 0; pass one such as --peak -1"),
      ("--peak", "nan", "the peak is nan dBFS, expected -60 to 0; pass one such as --peak -1"),
      (
        "--loudness", "-71",
        "the loudness is -71.0 LUFS, expected -70 to -5; pass one such as --loudness -23"
      ),
      (
        "--format", "xyz",
        "The value 'xyz' is invalid for '--format <format>'. Please provide one of the following: wav, "
          + "flac, ogg, oga, opus, mp3, aiff, aif, au, snd, caf, w64, rf64, mp4, m4v, mov, mkv, webm; see "
          + "`mmaudio --help`"
      ),
    ] {
      #expect(
        try place.generate(["--prompt", "rain", option, value]) == .failure(64, line), "\(option)")
    }
    #expect(try place.names == [])
    _ = try place.scratch.write(greyVideo(frames: 50), to: "clip.y4m")
    #expect(
      try place.generate(["clip.y4m", "-o", "a.mkv", "--sample-rate", "12345"])
        == .failure(
          64,
          "'a.mkv' cannot hold sound of 12345 Hz (Invalid argument); choose another --sample-rate, such as "
            + "48000, or the extension wav"))
    #expect(try place.names == ["clip.y4m"])
  }

  @Test("--format wins over the extension, and names what has no name")
  func formats() throws {
    let options = ["--prompt", "rain", "-q", "--format"]
    #expect(try place.generate(options + ["FLAC", "-o", "a.wav"]).output == "a.wav\n")
    #expect(try start(of: "a.wav", 4) == "fLaC")
    #expect(try place.generate(options + ["ogg"]).output == "rain.ogg\n")
    #expect(try start(of: "rain.ogg", 4) == "OggS")
    #expect(
      try place.generate(options + ["opus", "--sample-rate", "48000"], variant: "small_44k").output
        == "rain.opus\n")
    _ = try place.scratch.write(greyVideo(frames: 50), to: "clip.y4m")
    #expect(try place.generate(["clip.y4m", "-q", "--format", "mkv", "-o", "b"]).output == "b\n")
    #expect(try place.generate(["clip.y4m", "-q", "--format", "wav", "-o", "c.mp4"]).status == 0)
    #expect(try start(of: "c.mp4", 4) == "RIFF")
    let demuxer = try Demuxer(path: place.scratch.file("b").path)
    #expect(demuxer.container.pointee.duration == 2_000_000)
  }

  @Test("peak, loudness and rate are what was asked for")
  func finish() throws {
    let options = ["--prompt", "rain", "-q", "--bit-depth", "32f"]
    func sound(_ name: String) throws -> [Float] {
      let path = place.scratch.file(name).path
      var sound = try OriginalSound(path: path, form: .mono(48_000), start: 0)
      return sound.next(48_000).map { $0[0] }
    }
    let wishes = ["--peak", "-6", "--sample-rate", "48000", "-o", "peak.wav"]
    #expect(try place.generate(options + wishes) == Outcome(status: 0, output: "peak.wav\n"))
    #expect(try sound("peak.wav").map(abs).max() == Float(pow(10, -0.3)))
    #expect(
      try place.generate(options + ["--loudness", "-30", "--sample-rate", "48000"]).errors == "")
    let level = try MonoSound(samples: sound("rain.wav"), sampleRate: 48_000).level()
    #expect(abs(try #require(level.loudness) + 30) < 0.11)
  }

  @Test("clipped samples are counted and said")
  func clipping() throws {
    let sound: [Float] = [0, 1.5, -3, 1, -1]
    let written = try write(sound, to: "a.wav")
    #expect(written.clippedSamples == 2)
    #expect(written.notes == ["2 samples were clipped; pass --peak -1"])
    #expect(try write(sound, to: "b.wav", ["--peak", "0"]).notes == [])
    #expect(try write([2], to: "c.flac").notes == ["1 sample was clipped; pass --peak -1"])
  }

  @Test("a mix that is too loud is said with what makes it quieter")
  func loudMix() throws {
    _ = try place.scratch.write(greyVideo(frames: 50), to: "clip.y4m")
    _ = try place.generate(["clip.y4m", "-q", "-o", "a.mkv"])
    let outcome = try place.generate([
      "a.mkv", "-o", "b.mkv", "--original-audio", "mix", "--mix-gain", "60",
    ])
    #expect(outcome.status == 0)
    #expect(
      outcome.errors.contains(
        #/\n[0-9]+ samples were clipped; lower --mix-gain or pass --peak -1\n/#))
  }

  @Test("what a file has no room for, and what cannot be measured, is said")
  func notes() throws {
    let path = place.scratch.file("a.au").path
    #expect(
      try write([0], to: "a.au", comment: "{}").notes
        == ["'\(path)' has no room to say how it was made"])
    #expect(try write([0], to: "b.au").notes == [])
    let quiet = try write([0], to: "c.wav", ["--loudness", "-23"], comment: "{}")
    #expect(
      quiet.notes
        == ["the loudness stays as it is, as silence and less than 0.4 s have none"])
    #expect(quiet.finished.loudness == nil)
    #expect(try MediaMetadata(path: place.scratch.file("c.wav").path).entries["comment"] == "{}")
  }
}
