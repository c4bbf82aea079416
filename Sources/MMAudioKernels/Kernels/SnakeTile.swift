internal import CMachine

/// Scratch memory for a tile, reused by all tiles of a task.
///
/// Steps are one after another, so that every loop runs over contiguous memory whatever the number of
/// channels; a shift in time is a shift by `width`. Loops take sixteen values at a time and may read
/// and write as many beyond the end.
struct SnakeTile {
  private static let halo = 3
  private static let lanes = 16

  private let signal: SnakeSignal
  private let allSteps: Range<Int>
  private let filter: [Float]
  private let frequency: UnsafePointer<Float>
  private let magnitude: UnsafePointer<Float>
  private let copy: UnsafeMutablePointer<Float>  // steps -6 … steps + 6
  private let even: UnsafeMutablePointer<Float>  // steps -3 … steps + 3
  private let odd: UnsafeMutablePointer<Float>  // steps -3 … steps + 3
  private let parameters: UnsafeMutablePointer<Float>  // frequencies, magnitudes

  /// Floats that a tile needs.
  static func size(_ tiling: SnakeTiling) -> Int {
    3 * bufferSize(tiling) + 2 * (tiling.width + lanes)
  }

  private static func bufferSize(_ tiling: SnakeTiling) -> Int {
    (tiling.height + 2 * SnakeWeights.reach) * tiling.width + lanes
  }

  init(
    _ memory: UnsafeMutablePointer<Float>, _ tiling: SnakeTiling, _ signal: SnakeSignal,
    filter: [Float], _ frequency: UnsafePointer<Float>, _ magnitude: UnsafePointer<Float>
  ) {
    self.signal = signal
    allSteps = tiling.allSteps
    self.filter = filter
    self.frequency = frequency
    self.magnitude = magnitude
    let size = Self.bufferSize(tiling)
    (copy, even, odd) = (memory, memory + size, memory + 2 * size)
    parameters = memory + 3 * size
  }

  /// Computes some steps of some channels of `out`, `[all steps, all channels]`.
  func run(_ steps: Range<Int>, _ channels: Range<Int>, into out: UnsafeMutablePointer<Float>) {
    let width = channels.count
    let target =
      out + (steps.lowerBound - allSteps.lowerBound) * signal.channels + channels.lowerBound
    if width < signal.channels { prefetch(rows: steps.count, of: width, target) }
    let (source, stride) = input(steps, channels)
    let rows = steps.count + 2 * Self.halo
    if stride > width {
      upsample(source, stride, rows: rows, of: width, channels)
    } else {
      upsample(source, stride, rows: 1, of: rows * width, channels)
    }
    repeatEnds(steps, width)
    if width < signal.channels {
      downsample(rows: steps.count, of: width, width, target)
    } else {
      downsample(rows: 1, of: steps.count * width, width, target)
    }
  }

  /// Asks for memory that is written soon: the machine does not foresee rows that are far apart.
  private func prefetch(rows: Int, of count: Int, _ out: UnsafePointer<Float>) {
    for row in 0..<rows {
      for i in stride(from: 0, to: count, by: Self.lanes) {
        mmaudio_prefetch(out + row * signal.channels + i)
      }
    }
  }

  /// The tile's input with six steps more on either side, and the distance between steps.
  private func input(
    _ steps: Range<Int>, _ channels: Range<Int>
  ) -> (start: UnsafePointer<Float>, stride: Int) {
    let reach = SnakeWeights.reach
    let all = steps.lowerBound - reach..<steps.upperBound + reach
    // Loads of whole vectors would go beyond the end of the last tile.
    if signal.isContiguous(all.lowerBound..<all.upperBound + Self.lanes) {
      return (signal.step(all.lowerBound) + channels.lowerBound, signal.channels)
    }
    var target = copy
    for step in all {
      let source = signal.step(step) + channels.lowerBound
      var i = 0
      while i &+ Self.lanes <= channels.count {
        store16(load16(source + i), target + i, count: Self.lanes)
        i &+= Self.lanes
      }
      let rest = channels.count - i
      if rest > 0 { store16(load16(source + i, count: rest), target + i, count: rest) }
      target += channels.count
    }
    return (UnsafePointer(copy), channels.count)
  }

  /// Even and odd upsampled steps, and SnakeBeta of them, one after another from rows that may be apart.
  private func upsample(
    _ input: UnsafePointer<Float>, _ stride: Int, rows: Int, of count: Int, _ channels: Range<Int>
  ) {
    let width = channels.count
    let (frequency, magnitude) = (parameters, parameters + width + Self.lanes)
    for i in 0..<width + Self.lanes {
      frequency[i] = self.frequency[channels.lowerBound + i % width]
      magnitude[i] = self.magnitude[channels.lowerBound + i % width]
    }
    let e = InlineArray<6, SIMD16<Float>> { SIMD16(repeating: 2 * filter[11 - 2 * $0]) }
    let o = InlineArray<6, SIMD16<Float>> { SIMD16(repeating: 2 * filter[10 - 2 * $0]) }
    let shift = Self.lanes % width
    for row in 0..<rows {
      let (source, first) = (input + row &* stride, row &* count)
      var channel = 0
      for i in Swift.stride(from: 0, to: count, by: Self.lanes) {
        let x = source + i
        let (x0, x1, x2, x3) = (
          load16(x), load16(x + stride), load16(x + 2 &* stride), load16(x + 3 &* stride)
        )
        let (x4, x5, x6) = (
          load16(x + 4 &* stride), load16(x + 5 &* stride), load16(x + 6 &* stride)
        )
        let (a, b) = (load16(frequency + channel), load16(magnitude + channel))
        let evens = sum(x0, x1, x2, x3, x4, x5, e)
        let odds = sum(x1, x2, x3, x4, x5, x6, o)
        store16(snake(evens, a, b), even + first + i, count: Self.lanes)
        store16(snake(odds, a, b), odd + first + i, count: Self.lanes)
        channel &+= shift
        if channel >= width { channel &-= width }
      }
    }
  }

  /// Overwrites what lies beyond the ends of the signal with its first and last upsampled step.
  private func repeatEnds(_ steps: Range<Int>, _ width: Int) {
    let first = Self.halo - steps.lowerBound  // buffer row of the signal's first step
    for row in 0..<max(0, first) {
      (even + row * width).update(from: even + first * width, count: width)
      (odd + row * width).update(from: even + first * width, count: width)
    }
    let last = first + signal.time - 1
    let end = steps.count + 2 * Self.halo
    guard last + 1 < end else { return }
    for row in last + 1..<end {
      (even + row * width).update(from: odd + last * width, count: width)
      (odd + row * width).update(from: odd + last * width, count: width)
    }
  }

  /// Rows of `out`, all channels of the signal apart, from rows of values one after another.
  private func downsample(
    rows: Int, of count: Int, _ width: Int, _ out: UnsafeMutablePointer<Float>
  ) {
    let e = InlineArray<6, SIMD16<Float>> { SIMD16(repeating: filter[2 * $0 + 1]) }
    let o = InlineArray<6, SIMD16<Float>> { SIMD16(repeating: filter[2 * $0]) }
    @inline(__always)
    func filtered(_ index: Int) -> SIMD16<Float> {
      let (odd, even) = (odd + index, even + index + width)
      let odds = sum(
        load16(odd), load16(odd + width), load16(odd + 2 &* width), load16(odd + 3 &* width),
        load16(odd + 4 &* width), load16(odd + 5 &* width), o)
      let evens = sum(
        load16(even), load16(even + width), load16(even + 2 &* width), load16(even + 3 &* width),
        load16(even + 4 &* width), load16(even + 5 &* width), e)
      return odds + evens
    }
    for row in 0..<rows {
      let (first, target) = (row &* count, out + row &* signal.channels)
      var i = 0
      while i &+ Self.lanes <= count {
        store16(filtered(first &+ i), target + i, count: Self.lanes)
        i &+= Self.lanes
      }
      if i < count { store16(filtered(first &+ i), target + i, count: count &- i) }
    }
  }
}

/// Six values, each times a tap.
@inline(__always)
private func sum(
  _ x0: SIMD16<Float>, _ x1: SIMD16<Float>, _ x2: SIMD16<Float>, _ x3: SIMD16<Float>,
  _ x4: SIMD16<Float>, _ x5: SIMD16<Float>, _ taps: InlineArray<6, SIMD16<Float>>
) -> SIMD16<Float> {
  var sum = x0 * taps[unchecked: 0]
  sum = multiplyAdd(x1, taps[unchecked: 1], sum)
  sum = multiplyAdd(x2, taps[unchecked: 2], sum)
  sum = multiplyAdd(x3, taps[unchecked: 3], sum)
  sum = multiplyAdd(x4, taps[unchecked: 4], sum)
  return multiplyAdd(x5, taps[unchecked: 5], sum)
}

/// `u + sin²(π f u) m` with an absolute error of the sine's square below 4e-7 for |f u| < 1000.
///
/// sin² has period π: the half turns are reduced to [-1/2, 1/2], where a degree-9 minimax polynomial
/// gives the sine to 3.4e-9.
@inline(__always)
private func snake(
  _ u: SIMD16<Float>, _ frequency: SIMD16<Float>, _ magnitude: SIMD16<Float>
) -> SIMD16<Float> {
  let roundingMagic = SIMD16<Float>(repeating: 12_582_912)  // 1.5 * 2^23
  let shifted = multiplyAdd(u, frequency, roundingMagic)
  let r = multiplyAdd(u, frequency, roundingMagic - shifted)
  let y = r * r
  var p = multiplyAdd(
    SIMD16(repeating: 0.077_219_38), y, SIMD16(repeating: -0.598_044_8))
  p = multiplyAdd(p, y, SIMD16(repeating: 2.550_031_4))
  p = multiplyAdd(p, y, SIMD16(repeating: -5.167_707))
  p = multiplyAdd(p, y, SIMD16(repeating: 3.141_592_7))
  return multiplyAdd(y * p * p, magnitude, u)
}
