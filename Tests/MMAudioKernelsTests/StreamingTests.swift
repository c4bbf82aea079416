import MMAudioTestSupport
import Testing

@testable import MMAudioKernels

/// Layers over a signal in pieces against the same layers over all of it at once.
@Suite struct StreamingTests {
  /// Steps of signals: shorter than any layer's reach, about as long, and much longer.
  private static let lengths = [1, 2, 6, 13, 40, 333]
  /// Steps of the pieces in turn.
  private static let cuts = [[1], [4], [5, 1, 2, 30], [100]]

  /// BLAS sums in another order when there are other rows.
  private static let tolerance: Float = PanelProduct.width == 64 ? 2e-6 : 0

  /// All that `layer` gives for the pieces of `x`.
  private func inPieces(
    _ x: Tensor, _ cuts: [Int], _ layer: (Tensor, Bool) -> Tensor
  ) -> Tensor {
    var (results, start, index) = ([Tensor](), 0, 0)
    while start < x.shape[0] {
      let end = min(x.shape[0], start + cuts[index % cuts.count])
      results.append(layer(x[start..<end], end == x.shape[0]))
      (start, index) = (end, index + 1)
    }
    return concatenated(results)
  }

  @Test(
    "a convolution gives the same in pieces, its residual included",
    arguments: lengths, [(3, 1), (3, 5), (7, 3), (11, 1), (11, 5), (1, 1)])
  func convolution(time: Int, kernel: (taps: Int, dilation: Int)) {
    for channels in [3, 20] {
      let x = noise([time, channels])
      let weights = ConvolutionWeights(
        PanelWeights(noise([channels, channels, kernel.taps], seed: 2)),
        bias: noise([channels], seed: 3), dilation: kernel.dilation)
      let whole = convolution1d(x.reshaped([1, time, channels]), weights).reshaped(x.shape)
      for cuts in Self.cuts {
        var layer = StreamedConvolution(weights)
        let result = inPieces(x, cuts) { layer($0, isLast: $1) }
        expectClose(result, whole, within: Self.tolerance)

        var (adding, line) = (StreamedConvolution(weights), DelayLine(channels: channels))
        let sum = inPieces(x, cuts) {
          line.append($0)
          return adding($0, isLast: $1, addedTo: &line)
        }
        expectClose(sum, weightedSum(1, whole, 1, x), within: Self.tolerance)
        #expect(line.count == 0)
      }
    }
  }

  @Test("a transposed convolution gives the same in pieces", arguments: lengths, [2, 3, 8])
  func transposedConvolution(time: Int, stride: Int) {
    let x = noise([time, 5])
    let weights = ConvolutionWeights(
      transposed: PanelWeights(noise([stride * 4, 5, 2], seed: 2)), bias: noise([4], seed: 3))
    var whole = StreamedTransposedConvolution(weights, stride: stride)
    let expected = whole(x, isLast: true)
    #expect(expected.shape == [stride * time, 4])
    for cuts in Self.cuts {
      var layer = StreamedTransposedConvolution(weights, stride: stride)
      expectClose(inPieces(x, cuts) { layer($0, isLast: $1) }, expected, within: Self.tolerance)
    }
  }

  @Test("SnakeBeta gives the same bits in pieces", arguments: lengths, [1, 24, 81])
  func snake(time: Int, channels: Int) {
    let x = noise([time, channels])
    let weights = SnakeWeights(
      alpha: noise([channels], seed: 2), beta: noise([channels], seed: 3),
      filter: noise([12], seed: 4))
    var whole = StreamedSnake(weights)
    let expected = whole(x, isLast: true)
    for cuts in Self.cuts {
      var layer = StreamedSnake(weights)
      #expect(inPieces(x, cuts) { layer($0, isLast: $1) }.values == expected.values, "\(cuts)")
    }
  }

  @Test("a copy of a layer goes on by itself")
  func copies() {
    let x = noise([30, 3])
    let weights = ConvolutionWeights(PanelWeights(noise([3, 3, 7], seed: 2)))
    var first = StreamedConvolution(weights)
    let start = first(x[0..<20], isLast: false)
    var second = first
    let end = first(x[20..<30], isLast: true)
    #expect(second(x[20..<30], isLast: true).values == end.values)
    #expect(start.shape[0] + end.shape[0] == 30)
  }

  @Test("a delay line gives steps in order, whatever the sizes")
  func delayLine() {
    let x = noise([50, 2])
    var line = DelayLine(channels: 2)
    var taken: [Tensor] = [line.take(0)]
    for (put, get) in [(7, 3), (0, 4), (20, 1), (3, 22), (20, 20)] {
      let start = taken.reduce(line.count) { $0 + $1.shape[0] }
      line.append(x[start..<start + put])
      taken.append(line.take(get))
    }
    #expect(line.count == 0)
    #expect(concatenated(taken).values == x.values)
  }
}
