import Foundation
import Testing

@testable import MMAudioKernels

@Suite struct NormalizationTests {
  private func rows(_ x: Tensor) -> [[Double]] {
    let width = x.shape[x.shape.count - 1]
    let values = x.values.map(Double.init)
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
  }

  private func standardized(_ x: [Double], epsilon: Double) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    return x.map { ($0 - mean) / (variance + epsilon).squareRoot() }
  }

  @Test("layer norm matches its formula", arguments: [2, 7, 8, 9, 250])
  func layerNormalization(width: Int) {
    let x = noise([3, width])
    let (weight, bias) = (noise([width], seed: 2), noise([width], seed: 3))
    let expected = rows(x).flatMap { row in
      zip(standardized(row, epsilon: 1e-6), zip(weight.values, bias.values)).map {
        Float($0 * Double($1.0) + Double($1.1))
      }
    }
    expectClose(
      layerNorm(x, weight: weight, bias: bias, epsilon: 1e-6), Tensor([3, width], expected),
      within: 1e-5)
  }

  @Test("modulation takes each token's own row of the table", arguments: [7, 8, 9, 250])
  func modulation(width: Int) {
    let x = noise([2, 3, width])
    let table = noise([2, 6 * width], seed: 2)
    let rowOfToken = [0, 1, 0, 1, 1, 0]
    let condition = ConditionTable(rows: table, rowOfToken: rowOfToken)
    let t = table.values
    let expected = rows(x).enumerated().flatMap { index, row in
      standardized(row, epsilon: 1e-5).enumerated().map { i, value in
        let base = rowOfToken[index] * 6 * width + i
        return Float(value) * (1 + t[base + 4 * width]) + t[base + 3 * width]
      }
    }
    expectClose(
      modulatedNorm(x, condition, shift: 3, scale: 4), Tensor(x.shape, expected), within: 1e-5)

    let y = noise(x.shape, seed: 3)
    let gated = x.values.indices.map { i in
      x.values[i] + y.values[i] * t[rowOfToken[i / width] * 6 * width + 5 * width + i % width]
    }
    expectClose(gatedSum(x, y, condition, gate: 5), Tensor(x.shape, gated))
  }

  @Test("pixel norm and unit norm match their formulas", arguments: raggedSizes)
  func norms(width: Int) {
    let x = noise([4, width])
    func scaled(_ scale: ([Double]) -> Double) -> Tensor {
      Tensor(x.shape, rows(x).flatMap { row in row.map { Float($0 * scale(row)) } })
    }
    func square(_ row: [Double]) -> Double { row.reduce(0) { $0 + $1 * $1 } }
    expectClose(
      pixelNorm(x), scaled { 1 / (1e-4 + (square($0) / Double(width)).squareRoot()) })
    expectClose(unitNorm(x), scaled { 1 / square($0).squareRoot() })
  }

  @Test("a row of zeros has a norm of zeros")
  func zeros() {
    #expect(unitNorm(Tensor.zeros([1, 9])).values == Array(repeating: 0, count: 9))
  }

  @Test("elementwise helpers keep order and shape")
  func elementwise() {
    let x = noise([2, 5, 3])
    let parts = splitTokens(x, lengths: [2, 3])
    #expect(parts[0].shape == [2, 2, 3] && parts[1].shape == [2, 3, 3])
    #expect(Array(parts[1].values[9..<18]) == Array(x.values[21..<30]))
    #expect(
      deinterleaved(Tensor([1, 6], [0, 1, 2, 3, 4, 5]), parts: 3).values == [0, 3, 1, 4, 2, 5])
    #expect(transposed(Tensor([2, 3], [0, 1, 2, 3, 4, 5])).values == [0, 3, 1, 4, 2, 5])
    #expect(gatherRows(Tensor([2, 2], [0, 1, 2, 3]), [1, 1, 0]).values == [2, 3, 2, 3, 0, 1])
    let mean = meanOverTokens(x)
    #expect(abs(mean.values[4] - (0..<5).reduce(0) { $0 + x.values[15 + 3 * $1 + 1] } / 5) < 1e-6)
  }
}
