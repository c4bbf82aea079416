import Foundation
import MMAudioMedia
import MMAudioTestSupport
import Testing

@testable import MMAudioCLI

/// Videos of which the end is missing.
@Suite struct BreakOffTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// A video with its index in front, 3.00 s long, of which 60 % of the bytes are there.
  private func cut(as name: String) throws {
    let clip = try sharedFixtures().appendingPathComponent("videos/c_10fps.webm").path
    let whole = place.scratch.file("whole.mp4")
    try VideoMuxer(input: clip, output: whole.path).write([], sampleRate: 16_000)
    let bytes = try Data(contentsOf: whole)
    try FileManager.default.removeItem(at: whole)
    _ = try place.scratch.write(Array(bytes.prefix(bytes.count * 6 / 10)), to: name)
  }

  @Test("generate makes sound for what is there, and says where the file breaks off")
  func generate() throws {
    try cut(as: "cut.mp4")
    let options = [
      "generate", "cut.mp4", "--models", place.models.path, "--variant", "small_16k", "--steps",
      "1", "--json",
    ]
    let outcome = try place.run(options)
    #expect(outcome.status == 0)
    let said = try #require(
      outcome.errors.firstMatch(
        of: #/'cut.mp4' breaks off at ([0-9.]+) s of 3.00 s; copy or download it again/#
      )?.output)
    let seconds = try #require(Double(said.1))
    #expect((1.0...2.5).contains(seconds))
    let result = try JSONDecoder().decode(Line.self, from: Data(outcome.output.utf8))
    #expect(abs(result.durations.video - seconds) < 0.11)
    #expect(abs(try #require(result.durations.stated) - 3) < 0.005)
    let short = try place.run(options + ["--duration", "1", "-o", "short.wav"])
    #expect(!short.errors.contains("breaks off"))
  }

  @Test("a batch notes it in its results")
  func batch() throws {
    try cut(as: "cut.mp4")
    let outcome = try place.run([
      "batch", "cut.mp4", "-o", "out", "--models", place.models.path, "--variant", "small_16k",
      "--steps", "1",
    ])
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("cut: 'cut.mp4' breaks off at "))
    let data = try Data(contentsOf: place.scratch.file("out/results.shard-0.jsonl"))
    let result = try JSONDecoder().decode(ClipResult.self, from: data)
    #expect(result.notes?.contains { $0.contains("breaks off at ") } == true)
  }

  private struct Line: Decodable {
    struct Durations: Decodable {
      let video: Double
      let stated: Double?
    }
    let durations: Durations
  }
}
