import Foundation
import MMAudioTestSupport
import Testing

@testable import MMAudio
@testable import MMAudioCLI
@testable import MMAudioKernels
@testable import MMAudioMedia

/// What is said where a limit on memory is reached, and that the process ends.
@Suite struct MemoryLimitTests {
  @Test("no address space is as large as all of it")
  func room() {
    #expect(AddressSpace.hasRoom(for: 1 << 20))
    #expect(!AddressSpace.hasRoom(for: 1 << 62))
  }

  @Test("a file is to blame where there is memory")
  func cause() {
    let error = MediaError.noFrames(path: "a.mp4")
    #expect(CommandError.cause(of: error) as? MediaError == error)
  }

  @Test("a model file that cannot be mapped is not told to hold something else")
  func mapping() throws {
    #expect(
      "\(WeightError.noMemory(path: "/m/clip_text.safetensors", byteCount: 681_000_001))"
        == "there is not enough memory for the 682 MB of '/m/clip_text.safetensors'; raise the limit "
        + "(`ulimit -v`), or end other programs")
  }

  @Test(
    "a run within a limit ends, by itself, with a sound or the reason",
    arguments: [0.5, 0.7, 0.9, 1.1])
  func limits(_ share: Double) throws {
    let place = try Workplace()
    _ = try place.scratch.write(greyVideo(frames: 20), to: "a.y4m")
    // What a run takes depends on the machine's libraries.
    let kilobytes = Int(share * 1e6)
    let outcome = try place.generate(
      ["a.y4m", "-q", "-o", "a.wav", "-y"], after: "ulimit -v \(kilobytes)")
    let isDone = outcome.status == 0
    #expect(isDone == (try place.names.contains("a.wav")))
    // Below what the libraries themselves need, the loader or the run-time library ends the process.
    guard outcome.errors.hasPrefix("mmaudio: ") else { return }
    #expect([75].contains(outcome.status), "\(outcome)")
    #expect(outcome.errors.contains("not enough memory"), "\(outcome)")
  }
}
