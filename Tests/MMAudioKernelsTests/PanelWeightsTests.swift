import Synchronization
import Testing

@testable import MMAudioKernels

@Suite struct PanelWeightsTests {
  /// Stored values and what keeps them.
  private final class Stored: Sendable {
    let bits: [UInt16]
    init(_ bits: [UInt16]) { self.bits = bits }
  }

  /// A tensor that weights borrow from.
  private final class Kept: Sendable {
    let tensor: Tensor
    init(_ tensor: Tensor) { self.tensor = tensor }
  }

  @Test("panels hold 16 outputs side by side, the last what is left")
  func order() {
    let (outputs, inputs, taps) = (21, 3, 2)
    let weight = Tensor([outputs, inputs, taps], (0..<126).map(Float.init))
    var panels = [Float](repeating: -1, count: 126)
    weight.withValues {
      packPanels($0, outputs: outputs, inputs: inputs, taps: taps, into: &panels)
    }
    for output in 0..<outputs {
      let (first, lane) = (output / 16 * 16, output % 16)
      let width = min(16, outputs - first)
      for input in 0..<inputs {
        for tap in 0..<taps {
          let place = first * inputs * taps + (tap * inputs + input) * width + lane
          #expect(panels[place] == Float((output * inputs + input) * taps + tap))
        }
      }
    }
  }

  @Test("half precision is widened exactly", arguments: [ElementType.f16, .bf16], [1, 3, 7])
  func halves(type: ElementType, taps: Int) {
    let (outputs, inputs) = (37, 20)
    let weight = noise([outputs, inputs, taps], seed: 2)
    let count = weight.count
    var packed = [Float](repeating: 0, count: count)
    weight.withValues {
      packPanels($0, outputs: outputs, inputs: inputs, taps: taps, into: &packed)
    }
    var bits = [UInt16](repeating: 0, count: count)
    let narrow = type == .f16 ? narrowToHalf : narrowToBrainFloat
    #expect(narrow(packed, count, &bits))
    var rounded = [Float](repeating: 0, count: count)
    widen(bits, type, count: count, into: &rounded)
    let stored = Stored(bits)
    stored.bits.withUnsafeBytes { bytes in
      guard let half = bytes.baseAddress else { return }
      rounded.withUnsafeBytes { bytes in
        guard let single = bytes.baseAddress else { return }
        func output(_ type: ElementType, _ memory: UnsafeRawPointer) -> Tensor {
          let panels = PanelWeights(
            outputs: outputs, inputs: inputs, taps: taps, type, borrowing: memory, from: stored)
          return convolution1d(noise([1, 30, inputs]), ConvolutionWeights(panels))
        }
        #expect(output(type, half).values == output(.f32, single).values)
      }
    }
  }

  @Test("the owner is told once after each product, of every kernel in it", arguments: [1, 2000])
  func afterUse(time: Int) {
    let uses = Mutex<[String]>([])
    func weights(_ name: String) -> ConvolutionWeights {
      let values = noise([40, 24, 3])
      return values.withValues { memory in
        // Safe: the owner keeps the tensor.
        ConvolutionWeights(
          PanelWeights(
            outputs: 40, inputs: 24, taps: 3, .f32, borrowing: memory, from: Kept(values)
          ) { uses.withLock { $0.append(name) } })
      }
    }
    let (gate, value) = (weights("gate"), weights("value"))
    _ = convolution1d(noise([1, time, 24]), gate)
    #expect(uses.withLock { $0 } == ["gate"])
    _ = gatedConvolution1d(noise([1, time, 24]), gate: gate, value: value)
    #expect(uses.withLock { $0 } == ["gate", "gate", "value"])
  }

  @Test("a product over more values than are summed at a time", arguments: [1, 3])
  func longSums(taps: Int) {
    let (x, weight) = (noise([1, 40, 1500]), noise([35, 1500, taps], seed: 2))
    let whole = convolution1d(x, ConvolutionWeights(PanelWeights(weight)))
    // The same as the sum of two halves.
    func half(_ range: Range<Int>) -> Tensor {
      let (x, weight) = (x.values, weight.values)
      let inputs = range.count
      let part = Tensor(
        [1, 40, inputs], (0..<40).flatMap { row in range.map { x[row * 1500 + $0] } })
      let kernel = Tensor(
        [35, inputs, taps],
        (0..<35).flatMap { output in
          range.flatMap { input in
            (0..<taps).map { weight[(output * 1500 + input) * taps + $0] }
          }
        })
      return convolution1d(part, ConvolutionWeights(PanelWeights(kernel)))
    }
    expectClose(whole, weightedSum(1, half(0..<700), 1, half(700..<1500)), within: 4e-6)
  }
}
