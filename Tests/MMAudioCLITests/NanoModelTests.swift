import Foundation
import MMAudio
import Testing

@testable import MMAudioReport

/// The model that ships, where no other is installed and none is asked for.
@Suite struct NanoModelTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// Runs `generate` as somebody who has just cloned and built.
  private func generate(_ arguments: [String]) throws -> Outcome {
    try place.run(["generate"] + arguments, environment: ["HOME": place.scratch.url.path])
  }

  private func shipped(_ name: String) throws -> URL {
    try #require(ModelFolder.shipped(), "no Models/nano").url.appendingPathComponent(name)
  }

  private var note: String {
    "using nano_16k, the small model that ships with mmaudio; for a published one, run `mmaudio "
      + "models pull large_44k_v2`\n"
  }

  /// Samples of a WAV of 16 bits, within ±1.
  private func samples(_ name: String) throws -> [Float] {
    let bytes = [UInt8](try soundData(place.scratch.file(name)))
    return stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { index in
      Float(Int16(bitPattern: UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8)) / 32_768
    }
  }

  @Test("a clip gets a sound that strikes where its hammer does")
  func sample() throws {
    let outcome = try generate([try shipped("sample.mp4").path])
    #expect(outcome.status == 0)
    #expect(outcome.output == "sample.wav\n")
    #expect(
      outcome.withoutProgress.errors == note
        + "made 8.04 s of sound with nano_16k; the video is 8.04 s long\n")
    let sound = try samples("sample.wav")
    #expect(sound.count == 128_640)
    expectStrikes(in: sound)
  }

  @Test("a part of it that is shorter than a window keeps time as well", arguments: [3.0, 5, 7])
  func part(seconds: Double) throws {
    let clip = try shipped("sample.mp4").path
    #expect(try generate([clip, "--duration", "\(seconds)", "-q"]).status == 0)
    let sound = try samples("sample.wav")
    #expect(sound.count == Int(seconds * 16_000))
    expectStrikes(in: sound)
  }

  /// Expects an onset for every strike of the sample clip, as far as the sound reaches, and no other.
  private func expectStrikes(
    in sound: [Float], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let seen = Self.strikes.filter { $0 < Double(sound.count) / 16_000 }
    let heard = Onsets(sound, sampleRate: 16_000).seconds
    #expect(heard.count == seen.count, "\(heard)", sourceLocation: sourceLocation)
    for (onset, strike) in zip(heard, seen) {
      #expect(abs(onset - strike) <= 0.06, "\(heard)", sourceLocation: sourceLocation)
    }
  }

  /// Seconds of the strikes in the sample clip, from the seed that drew it.
  private static let strikes = [0.968, 1.672, 2.555, 3.790, 4.811, 5.629, 6.787, 7.884]

  @Test("a prompt alone, with the model named")
  func named() throws {
    let outcome = try generate([
      "--prompt", "a bell rings", "--variant", "nano_16k", "--duration", "2",
    ])
    #expect(outcome.status == 0)
    #expect(
      outcome.withoutProgress
        == Outcome(
          status: 0, output: "a_bell_rings.wav\n",
          errors: note + "made 2.02 s of sound, asked for 2.00 s, with nano_16k\n"))
    #expect(try samples("a_bell_rings.wav").contains { abs($0) > 0.05 })
  }

  @Test("another model is not replaced by it")
  func installed() throws {
    let models = place.scratch.file(".local/share/mmaudio")
    try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      at: models.appendingPathComponent("models"), withDestinationURL: place.models)
    let outcome = try generate(["--prompt", "rain", "--steps", "1", "--duration", "1"])
    #expect(outcome.status == 0)
    #expect(
      outcome.withoutProgress.errors.wholeMatch(
        of: /made [0-9.]+ s of sound, asked for 1.00 s, with large_44k_v2\n/) != nil, "\(outcome)")
  }
}
