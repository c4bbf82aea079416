import Foundation
import Testing

/// What a run says, where, and in which form.
@Suite struct ReportingTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// A line of a result, as a program reads it.
  private struct Result: Decodable {
    struct Settings: Decodable {
      let seed: Int
      let prompt: String
      let variant: String
      let models: [String: String]
    }
    struct Durations: Decodable {
      let requested: Double
      let produced: Double
    }
    let output: String
    let take: Int
    let settings: Settings
    let durations: Durations
    let windows: Int
    let seconds: [String: Double]
  }

  @Test("--json prints an object for each output, and nothing else")
  func json() throws {
    let outcome = try place.generate(["--prompt", "rain", "--takes", "2", "--json", "-q"])
    #expect(outcome.errors == "")
    let results = try outcome.output.split(separator: "\n").map {
      try JSONDecoder().decode(Result.self, from: Data($0.utf8))
    }
    #expect(results.map(\.output) == ["rain.1.wav", "rain.2.wav"])
    #expect(results.map(\.take) == [1, 2])
    #expect(results.map(\.settings.seed) == [42, 43])
    for result in results {
      #expect(result.settings.prompt == "rain")
      #expect(result.settings.variant == "small_16k")
      #expect(
        result.settings.models.keys.sorted() == [
          "clip_text.safetensors", "flow_small_16k.safetensors", "vae_16k.safetensors",
          "vocoder_16k.safetensors",
        ])
      #expect(result.settings.models.values.allSatisfy { $0.count == 64 })
      #expect(result.durations.requested == 1)
      #expect(result.durations.produced == 1.024)
      #expect(result.windows == 1)
      let stages = result.seconds.filter { $0.key != "total" }
      #expect(stages.keys.sorted() == ["decoding", "encoding text", "sampling", "vocoding"])
      #expect(stages.values.reduce(0, +) <= (result.seconds["total"] ?? 0) + 0.01)
    }
  }

  @Test("--progress json prints an object for each step and each note")
  func progress() throws {
    let outcome = try place.generate(["--prompt", "rain", "--progress", "json"])
    #expect(outcome.output == "rain.wav\n")
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.first == #"{"done":1,"name":"encoding text","total":1}"#)
    #expect(lines.contains(#"{"done":1,"name":"sampling","total":1}"#))
    #expect(
      lines.last == #"{"note":"made 1.02 s of sound, asked for 1.00 s, with small_16k"}"#)
  }

  @Test("--progress none leaves the notes, --progress bar rewrites its line")
  func styles() throws {
    let none = try place.generate(["--prompt", "rain", "--progress", "none"])
    #expect(none.errors == "made 1.02 s of sound, asked for 1.00 s, with small_16k\n")
    let bar = try place.generate(["--prompt", "rain", "--progress", "bar", "-y"])
    #expect(bar.errors.contains("\r\u{1B}[Kvocoding [####################] 64/64\r\u{1B}[K"))
    #expect(bar.errors.hasSuffix("made 1.02 s of sound, asked for 1.00 s, with small_16k\n"))
  }

  @Test("--verbose tells what is used, and the log has all of it even where stderr has nothing")
  func verbose() throws {
    let outcome = try place.generate(["--prompt", "rain", "--progress", "none", "-v"])
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines.first?.hasPrefix("mmaudio 0.1.0, Swift code for ") == true)
    #expect(lines.dropFirst().first == "models: \(place.models.path)")
    #expect(lines.last?.hasPrefix("encoding text ") == true)
    #expect(lines.last?.hasSuffix(" s in all") == true)

    _ = try place.generate(["--prompt", "rain", "-q", "-y", "--log-file", "log"])
    let failed = try place.generate(["none.mp4", "-q", "--log-file", "log"])
    #expect(failed.status == 66)
    let log = try String(contentsOf: place.scratch.file("log"), encoding: .utf8)
      .split(separator: "\n")
    #expect(log.count == 5)
    #expect(log.allSatisfy { $0.starts(with: #/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z /#) })
    #expect(
      log.last?.hasSuffix(
        " error: 'none.mp4' does not exist, expected a video file; check the path") == true)
  }

  @Test("a log that cannot be written is said before any work")
  func log() throws {
    #expect(
      try place.generate(["--prompt", "rain", "--log-file", "none/log"])
        == .failure(
          73,
          "the log 'none/log' cannot be written: No such file or directory; check the folder and its "
            + "permissions, or leave out --log-file"))
  }
}
