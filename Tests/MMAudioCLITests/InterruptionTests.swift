import Foundation
import MMAudioTestSupport
import Testing

/// Signals in the middle of the work: nothing is left, whatever was complete stays.
@Suite struct InterruptionTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  @Test("while sampling", arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func generate(signal: Int32, status: Int32) throws {
    _ = try place.scratch.write([1, 2, 3], to: "rain.wav")
    let run = try place.start([
      "generate", "--prompt", "rain", "--models", place.models.path, "--variant", "small_44k",
      "--steps", "10000", "--force",
    ])
    try run.signal(signal) { $0.contains("sampling") }
    let outcome = try run.wait()
    #expect(outcome == Outcome(status: status, errors: "encoding text\nsampling 0/10000\n"))
    #expect(try place.names == ["rain.wav"])
    #expect(try Data(contentsOf: place.scratch.file("rain.wav")) == Data([1, 2, 3]))
  }

  @Test("a signal that was ignored before stays ignored, as nohup wants")
  func ignored() throws {
    let run = try place.start(
      [
        "generate", "--prompt", "rain", "--models", place.models.path, "--variant", "small_16k",
        "--steps", "60", "--duration", "1",
      ], after: "trap '' INT")
    try run.signal(SIGINT) { $0.contains("sampling") }
    let outcome = try run.wait()
    #expect(outcome.status == 0)
    #expect(try place.names == ["rain.wav"])
  }

  @Test("while a file is being written")
  func convert() throws {
    let source = place.scratch.file("mmaudio_large_44k_v2.safetensors")
    try SyntheticWeights.write(
      SyntheticWeights.Spec(file: "mmaudio_large_44k_v2.pth").tensors(seed: 1), to: source)
    let models = place.scratch.file("models").path
    let run = try place.start(["convert", source.path, "-o", models])
    try run.signal(SIGINT) { _ in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: models)) ?? []
      return names.contains { $0.hasPrefix(".mmaudio-") }
    }
    #expect(try run.wait() == Outcome(status: 130))
    #expect(try FileManager.default.contentsOfDirectory(atPath: models) == [])
  }
}
