import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// The vocoder's walk over time, on the tiny synthetic models.
@Suite struct BigVGANTests {
  private func network(_ rate: AudioRate) throws -> BigVGAN {
    let folder = ModelFolder(path: try SyntheticWeights.sharedModels().path)
    let file = try ModelFile.vocoder(rate).open(in: folder)
    return try BigVGAN(WeightScope(file), rate: rate)
  }

  private func mel(_ frames: Int, _ rate: AudioRate) -> Tensor {
    SyntheticWeights.tensor("mel", [1, frames, rate.melBands], seed: 3)
  }

  @Test(
    "pieces of any size give the same sound, of clips shorter than a layer's reach too",
    arguments: [1, 2, 23], AudioRate.all)
  func pieces(frames: Int, rate: AudioRate) throws {
    let network = try network(rate)
    let mel = mel(frames, rate)
    let whole = network(mel, pieceSteps: { _ in .max / 2 }) { _, _ in }
    for steps in [1, 100, 771] {
      let result = network(mel, pieceSteps: { 1 + steps * 32 / $0 }) { _, _ in }
      let difference = TensorDifference(result, whole)
      #expect(difference.relative <= 2e-6, "\(steps): \(difference)")
    }
    let normal = TensorDifference(network(mel) { _, _ in }, whole)
    #expect(normal.relative <= 2e-6, "\(normal)")
  }

  @Test("progress counts mel frames, from none to all")
  func progress() throws {
    var done: [Int] = []
    _ = try network(.rate16k)(mel(50, .rate16k), pieceSteps: { _ in 64 }) {
      done.append($0)
      #expect($1 == 50)
    }
    #expect(done.first == 0)
    #expect(done.last == 50)
    #expect(done == done.sorted())
    #expect(Set(done).count > 10)
  }

  @Test("what progress throws ends the walk")
  func cancelling() throws {
    let network = try network(.rate16k)
    var calls = 0
    #expect(throws: CancellationError.self) {
      _ = try network(mel(50, .rate16k), pieceSteps: { _ in 64 }) { done, _ in
        calls += 1
        if done > 5 { throw CancellationError() }
      }
    }
    #expect(calls < 50)
  }
}
