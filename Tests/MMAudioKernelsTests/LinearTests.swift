import Foundation
import Testing

@testable import MMAudioKernels

@Suite struct LinearTests {
  /// `activation(x Wᵀ + b)` by three loops in double precision.
  private func naive(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ then: (Double) -> Double)
    -> Tensor
  {
    let (rows, inputs, outputs) = (x.shape[0], x.shape[1], weight.shape[0])
    let (x, weight, bias) = (x.values, weight.values, bias?.values)
    let values = (0..<rows * outputs).map { index -> Float in
      let (row, output) = (index / outputs, index % outputs)
      var sum = Double(bias?[output] ?? 0)
      for i in 0..<inputs {
        sum += Double(x[row * inputs + i]) * Double(weight[output * inputs + i])
      }
      return Float(then(sum))
    }
    return Tensor([rows, outputs], values)
  }

  private func layer(_ weight: Tensor, bias: Tensor? = nil) -> ConvolutionWeights {
    ConvolutionWeights(PanelWeights(weight), bias: bias)
  }

  @Test("linear layer with bias matches three loops", arguments: raggedSizes, raggedSizes)
  func linearLayer(rows: Int, outputs: Int) {
    let x = noise([rows, 33])
    let weight = noise([outputs, 33], seed: 2)
    let bias = noise([outputs], seed: 3)
    expectClose(linear(x, layer(weight, bias: bias)), naive(x, weight, bias) { $0 })
    expectClose(linear(x, layer(weight)), naive(x, weight, nil) { $0 })
  }

  @Test("a residual is added to product and bias", arguments: raggedSizes)
  func residual(rows: Int) {
    let x = noise([rows, 20])
    let weight = noise([130, 20], seed: 2)
    let bias = noise([130], seed: 3)
    let residual = noise([rows, 130], seed: 4)
    let plain = linear(x, layer(weight, bias: bias))
    expectClose(
      linear(x, layer(weight, bias: bias), addedTo: residual), weightedSum(1, plain, 1, residual))
  }

  @Test("a large product matches three loops", arguments: raggedSizes)
  func largeProduct(rows: Int) {
    let (a, b) = (noise([rows, 33]), noise([rows + 2, 33], seed: 2))
    expectClose(matrixProduct(a, b), naive(a, b, nil) { $0 })
  }

  @Test("activations match their formulas", arguments: raggedSizes)
  func activations(rows: Int) {
    let x = noise([rows, 16])
    let weight = noise([70, 16], seed: 2)
    func check(_ activation: Activation, _ formula: (Double) -> Double) {
      expectClose(
        linear(x, layer(weight), activation: activation), naive(x, weight, nil, formula),
        within: 4e-6)
    }
    check(.silu) { $0 / (1 + exp(-$0)) }
    check(.quickGELU) { $0 / (1 + exp(-1.702 * $0)) }
    check(.gelu) { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }
    check(.selu) {
      1.0507009873554805 * ($0 > 0 ? $0 : 1.6732632423543772 * (exp($0) - 1))
    }
  }

  @Test("a NaN or an infinity anywhere is seen")
  func finiteness() {
    #expect(noise([250]).isFinite)
    for bad in [Float.nan, .infinity, -.infinity] {
      #expect(!Tensor([3], [0, bad, 1]).isFinite)
    }
  }
}
