import Foundation
import Testing

@testable import MMAudioKernels

@Suite struct ConvolutionTests {
  /// Stride-1 convolution with zero padding by four loops, x `[batch, time, inputs]`.
  private func naive(_ x: Tensor, _ weight: Tensor, _ bias: Tensor, dilation: Int) -> Tensor {
    let (batch, time, inputs) = (x.shape[0], x.shape[1], x.shape[2])
    let (outputs, taps) = (weight.shape[0], weight.shape[2])
    let padding = dilation * (taps - 1) / 2
    let (x, weight, bias) = (x.values, weight.values, bias.values)
    var values: [Float] = []
    for item in 0..<batch {
      for t in 0..<time {
        for output in 0..<outputs {
          var sum = Double(bias[output])
          for tap in 0..<taps {
            let source = t + tap * dilation - padding
            guard source >= 0, source < time else { continue }
            for input in 0..<inputs {
              sum +=
                Double(x[(item * time + source) * inputs + input])
                * Double(weight[(output * inputs + input) * taps + tap])
            }
          }
          values.append(Float(sum))
        }
      }
    }
    return Tensor([batch, time, outputs], values)
  }

  @Test("convolution matches four loops", arguments: raggedSizes, [1, 3, 7, 11])
  func convolution(time: Int, taps: Int) {
    for (batch, dilation) in [(1, 1), (2, 3), (3, 5)] {
      let x = noise([batch, time, 9])
      let weight = noise([5, 9, taps], seed: 2)
      let bias = noise([5], seed: 3)
      expectClose(
        convolution1d(x, ConvolutionWeights(PanelWeights(weight), bias: bias, dilation: dilation)),
        naive(x, weight, bias, dilation: dilation))
    }
  }

  @Test(
    "wide convolutions, which run as minimal filters, match four loops",
    arguments: [1, 3, 4, 5, 8, 41], [3, 5, 7, 11])
  func minimalFilters(time: Int, taps: Int) {
    for (batch, dilation) in [(1, 1), (2, 1), (2, 3), (1, 5)] {
      let x = noise([batch, time, 70])
      let weight = noise([67, 70, taps], seed: 2)
      let bias = noise([67], seed: 3)
      expectClose(
        convolution1d(x, ConvolutionWeights(PanelWeights(weight), bias: bias, dilation: dilation)),
        naive(x, weight, bias, dilation: dilation), within: 6e-6)
    }
  }

  @Test("wide sequences longer than a chunk have no seams", arguments: [3, 11])
  func longWideSequences(taps: Int) {
    let x = noise([1, 2600, 64])
    let weight = noise([65, 64, taps], seed: 2)
    let bias = noise([65], seed: 3)
    let plain = ConvolutionWeights(
      filter: .direct, PanelWeights(weight), bias: bias, dilation: 3)
    expectClose(
      convolution1d(x, ConvolutionWeights(PanelWeights(weight), bias: bias, dilation: 3)),
      convolution1d(x, plain), within: 6e-6)
  }

  @Test("minimal filters multiply polynomials exactly", arguments: [0, 1, 2])
  func filterIdentity(index: Int) {
    let filter = [MinimalFilter.direct, .fourByThree, .fourByFour][index]
    let n = filter.products
    let (inputs, outputs) = (filter.inputTransform.values, filter.outputTransform.values)
    let kernel = filter.filterTransform.values
    // Unit filter at tap k: output j is input j + k.
    for k in 0..<filter.taps {
      for input in 0..<n {
        for j in 0..<filter.outputs {
          let sum = (0..<n).reduce(0.0) { sum, i in
            sum + Double(outputs[j * n + i])
              * Double(kernel[i * filter.taps + k])
              * Double(inputs[i * n + input])
          }
          #expect(abs(sum - (input == j + k ? 1 : 0)) < 2e-6, "\(k) \(input) \(j): \(sum)")
        }
      }
    }
  }

  @Test("sequences longer than a tile have no seams")
  func longSequences() {
    let x = noise([1, 3001, 3])
    let weight = noise([4, 3, 7], seed: 2)
    let bias = noise([4], seed: 3)
    expectClose(
      convolution1d(x, ConvolutionWeights(PanelWeights(weight), bias: bias, dilation: 3)),
      naive(x, weight, bias, dilation: 3))
  }

  @Test("gated convolution is silu(gate) times value", arguments: raggedSizes, [1, 3, 7])
  func gated(time: Int, taps: Int) {
    let x = noise([2, time, 6])
    let gate = ConvolutionWeights(PanelWeights(noise([10, 6, taps], seed: 2)))
    let value = ConvolutionWeights(PanelWeights(noise([10, 6, taps], seed: 3)))
    let expected = zip(convolution1d(x, gate).values, convolution1d(x, value).values).map {
      $0 / (1 + exp(-$0)) * $1
    }
    expectClose(
      gatedConvolution1d(x, gate: gate, value: value), Tensor([2, time, 10], expected),
      within: 4e-6)
  }

  @Test("transposed convolution matches scattered sums", arguments: raggedSizes, [4, 8, 16])
  func transposedConvolution(time: Int, taps: Int) {
    let (inputs, outputs, stride) = (6, 3, taps / 2)
    let padding = (taps - stride) / 2
    let x = noise([time, inputs])
    let weight = noise([inputs, outputs, taps], seed: 2)
    let bias = noise([outputs], seed: 3)
    var expected = [Double](repeating: 0, count: time * stride * outputs)
    for index in expected.indices { expected[index] = Double(bias.values[index % outputs]) }
    for t in 0..<time {
      for tap in 0..<taps {
        let target = t * stride + tap - padding
        guard target >= 0, target < time * stride else { continue }
        for output in 0..<outputs {
          for input in 0..<inputs {
            expected[target * outputs + output] +=
              Double(x.values[t * inputs + input])
              * Double(weight.values[(input * outputs + output) * taps + tap])
          }
        }
      }
    }
    var convolution = StreamedTransposedConvolution(
      ConvolutionWeights(transposed: PanelWeights(transposedKernel(weight)), bias: bias),
      stride: stride)
    expectClose(
      convolution(x, isLast: true), Tensor([time * stride, outputs], expected.map(Float.init)))
  }
}
