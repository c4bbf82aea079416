import Foundation
import Testing

@testable import MMAudioKernels

@Suite struct AliasFreeSnakeTests {
  /// Upsampling by inserted zeros, SnakeBeta, strided filtering: the definition, step by step.
  private func naive(_ x: [Double], _ filter: [Double], _ alpha: Double, _ beta: Double) -> [Double]
  {
    func clamp(_ index: Int, _ count: Int) -> Int { min(max(index, 0), count - 1) }
    let time = x.count
    let padded = (0..<time + 10).map { x[clamp($0 - 5, time)] }
    var full = [Double](repeating: 0, count: 2 * padded.count + 10)
    for (m, value) in padded.enumerated() {
      for (k, tap) in filter.enumerated() { full[2 * m + k] += 2 * value * tap }
    }
    let up = Array(full[15..<15 + 2 * time])
    let active = up.map { $0 + pow(sin($0 * exp(alpha)), 2) / (exp(beta) + 1e-9) }
    return (0..<time).map { t in
      filter.indices.reduce(0) { $0 + filter[$1] * active[clamp(2 * t + $1 - 5, 2 * time)] }
    }
  }

  @Test(
    "one pass matches upsample, snake, downsample", arguments: [1, 2, 5, 8, 250, 1500],
    [1, 3, 24, 64, 81])
  func onePass(time: Int, channels: Int) {
    let x = noise([time, channels])
    let (alpha, beta) = (noise([channels], seed: 2), noise([channels], seed: 3))
    let filter = noise([12], seed: 4)
    var snake = StreamedSnake(SnakeWeights(alpha: alpha, beta: beta, filter: filter))
    let result = snake(x, isLast: true)
    var expected = [Float](repeating: 0, count: x.count)
    for channel in 0..<channels {
      let column = (0..<time).map { Double(x.values[$0 * channels + channel]) }
      let outcome = naive(
        column, filter.values.map(Double.init), Double(alpha.values[channel]),
        Double(beta.values[channel]))
      for t in 0..<time { expected[t * channels + channel] = Float(outcome[t]) }
    }
    expectClose(result, Tensor(x.shape, expected), within: 4e-6)
  }
}
