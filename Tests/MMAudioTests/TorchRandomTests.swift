import Foundation
import Testing

@testable import MMAudio

@Suite("PyTorch's noise")
struct TorchRandomTests {
  /// Successive calls of one generator of PyTorch 2.13, AVX2.
  struct Draw: Decodable {
    let seed: UInt64
    let shapes: [[Int]]
    /// Every `step`-th value of all calls together is kept.
    let step: Int
    let values: [Float]
  }

  @Test("torch.randn is met within 1e-6, both paths of ATen, across calls")
  func drawsEqualTorch() throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "torch_random", withExtension: "json", subdirectory: "Fixtures"))
    let draws = try JSONDecoder().decode([Draw].self, from: Data(contentsOf: url))
    #expect(draws.count == 23)
    for draw in draws {
      var random = TorchRandom(seed: draw.seed)
      let all = draw.shapes.flatMap { random.normal($0).values }
      let kept = stride(from: 0, to: all.count, by: draw.step).map { all[$0] }
      try #require(kept.count == draw.values.count)
      let worst = zip(kept, draw.values).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 1e-6, "seed \(draw.seed), shapes \(draw.shapes)")
    }
  }

  @Test("only the low 32 bits of a seed count, as in PyTorch")
  func seedIsCutTo32Bits() {
    var low = TorchRandom(seed: 7)
    var high = TorchRandom(seed: 7 + 1 << 40)
    #expect(low.normal([2, 20]).values == high.normal([2, 20]).values)
  }

  @Test("the tensor has the shape asked for", arguments: [[], [0], [3, 0], [7], [2, 3, 4]])
  func shape(_ shape: [Int]) {
    var random = TorchRandom(seed: 1)
    #expect(random.normal(shape).shape == shape)
  }
}
