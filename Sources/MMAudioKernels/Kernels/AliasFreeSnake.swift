import Foundation

/// Per-channel parameters of SnakeBeta, `x + sin²(a x) / b`, and the filter around it.
public struct SnakeWeights: Sendable {
  /// `eᵅ`, `[channels]`.
  let frequency: Tensor
  /// `1 / (eᵝ + 1e-9)`, `[channels]`.
  let magnitude: Tensor
  /// Twelve taps of the Kaiser-windowed sinc low-pass that both resamplers use.
  let filter: [Float]

  /// Takes the checkpoint's logarithmic parameters.
  ///
  /// - Parameters:
  ///   - alpha: `[channels]`, logarithm of the frequency
  ///   - beta: `[channels]`, logarithm of the inverse magnitude
  ///   - filter: `[12]`
  public init(alpha: Tensor, beta: Tensor, filter: Tensor) {
    precondition(filter.count == 12, "SnakeBeta: a filter of \(filter.count) taps, expected 12")
    frequency = Tensor(alpha.shape, alpha.values.map(exp))
    magnitude = Tensor(beta.shape, beta.values.map { 1 / (exp($0) + 1e-9) })
    self.filter = filter.values
  }
}

/// Alias-free SnakeBeta: upsample by 2, `x + sin²(a x) / b`, downsample by 2, all in one pass.
///
/// The activation of BigVGAN (Lee and others 2023). With F the 12 filter taps and the ends of every signal repeated, Python `Activation1d` is
/// - even `u[2t] = 2 Σ F[5 - 2j] x[t + j]`, j = -3…2,
/// - odd `u[2t + 1] = 2 Σ F[6 - 2j] x[t + j]`, j = -2…3,
/// - `y[t] = Σ F[k] v[2t + k - 5]`, where v is SnakeBeta of u.
///
/// - Parameters:
///   - x: `[batch, time, channels]`
///   - weights: per channel
/// - Returns: same shape as `x`
public func aliasFreeSnake(_ x: Tensor, _ weights: SnakeWeights) -> Tensor {
  let (batch, time, channels) = (x.shape[0], x.shape[1], x.shape[2])
  precondition(channels == weights.frequency.count, "SnakeBeta: \(x.shape)")
  // A tile's six buffers stay in the first-level cache, and the halo is a small part of it.
  let tileRows = max(16, min(time, 2048 / channels))
  let tiles = (time + tileRows - 1) / tileRows
  let tasks = min(batch * tiles, threadCount * 8)
  return Tensor(x.shape) { out in
    x.withValues { x in
      parallelFor(tasks) { task in
        let range = share(task, of: tasks, total: batch * tiles)
        let tileBuffers = SnakeTile(weights, rows: tileRows, channels: channels)
        for tile in range {
          let item = tile / tiles * time * channels
          let start = tile % tiles * tileRows
          tileBuffers.run(
            x + item, out + item, rows: start..<min(time, start + tileRows), time: time)
        }
      }
    }
  }
}

/// Scratch memory for one tile of the time axis, reused by all tiles of a task.
///
/// Rows are flattened, so that every loop runs over contiguous memory whatever the number of
/// channels; a shift in time is a shift by `channels`.
private final class SnakeTile {
  private static let inputHalo = 6
  private static let activatedHalo = 3
  private let channels: Int
  private let filter: [Float]
  private let memory: UnsafeMutablePointer<Float>
  private let input: UnsafeMutablePointer<Float>  // rows -6 … rows + 6
  private let even: UnsafeMutablePointer<Float>  // rows -3 … rows + 3
  private let odd: UnsafeMutablePointer<Float>  // rows -3 … rows + 3
  private let frequency: UnsafeMutablePointer<Float>  // repeated for every row
  private let magnitude: UnsafeMutablePointer<Float>

  init(_ weights: SnakeWeights, rows: Int, channels: Int) {
    self.channels = channels
    filter = weights.filter
    let inputCount = (rows + 2 * Self.inputHalo) * channels
    let count = (rows + 2 * Self.activatedHalo) * channels
    memory = .allocate(capacity: inputCount + 4 * count)
    input = memory
    even = memory + inputCount
    odd = even + count
    frequency = odd + count
    magnitude = frequency + count
    weights.frequency.withValues { source in
      for row in 0..<count / channels {
        (frequency + row * channels).update(from: source, count: channels)
      }
    }
    weights.magnitude.withValues { source in
      for row in 0..<count / channels {
        (magnitude + row * channels).update(from: source, count: channels)
      }
    }
  }

  deinit { memory.deallocate() }

  func run(
    _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, rows: Range<Int>, time: Int
  ) {
    let halo = Self.inputHalo
    for row in -halo..<rows.count + halo {
      let source = min(max(rows.lowerBound + row, 0), time - 1)
      (input + (row + halo) * channels).update(from: x + source * channels, count: channels)
    }
    let activatedRows = rows.count + 2 * Self.activatedHalo
    upsample(activatedRows * channels)
    snake(even, activatedRows * channels)
    snake(odd, activatedRows * channels)
    repeatEnds(rows, time: time)
    downsample(out + rows.lowerBound * channels, rows.count * channels)
  }

  private func upsample(_ count: Int) {
    let c = channels
    // Row 0 of the activated buffers is row 3 of the input.
    let x = UnsafePointer(input + 3 * c)
    let (f0, f1, f2) = (2 * filter[11], 2 * filter[9], 2 * filter[7])
    let (f3, f4, f5) = (2 * filter[5], 2 * filter[3], 2 * filter[1])
    let (x0, x1, x2, x3, x4, x5) = (x - 3 * c, x - 2 * c, x - c, x, x + c, x + 2 * c)
    for i in 0..<count {
      even[i] =
        f0 * x0[i] + f1 * x1[i] + f2 * x2[i] + f3 * x3[i] + f4 * x4[i] + f5 * x5[i]
    }
    let (g0, g1, g2) = (2 * filter[10], 2 * filter[8], 2 * filter[6])
    let (g3, g4, g5) = (2 * filter[4], 2 * filter[2], 2 * filter[0])
    let x6 = x + 3 * c
    for i in 0..<count {
      odd[i] =
        g0 * x1[i] + g1 * x2[i] + g2 * x3[i] + g3 * x4[i] + g4 * x5[i] + g5 * x6[i]
    }
  }

  private func snake(_ u: UnsafeMutablePointer<Float>, _ count: Int) {
    for i in 0..<count { u[i] += sineSquared(u[i] * frequency[i]) * magnitude[i] }
  }

  /// Overwrites what lies beyond the ends of the signal with its first and last upsampled step.
  private func repeatEnds(_ rows: Range<Int>, time: Int) {
    let c = channels
    let first = Self.activatedHalo - rows.lowerBound  // buffer row of the signal's first row
    for row in 0..<max(0, first) {
      (even + row * c).update(from: even + first * c, count: c)
      (odd + row * c).update(from: even + first * c, count: c)
    }
    let last = first + time - 1
    let end = rows.count + 2 * Self.activatedHalo
    guard last + 1 < end else { return }
    for row in last + 1..<end {
      (even + row * c).update(from: odd + last * c, count: c)
      (odd + row * c).update(from: odd + last * c, count: c)
    }
  }

  private func downsample(_ out: UnsafeMutablePointer<Float>, _ count: Int) {
    let c = channels
    let (e, o) = (UnsafePointer(even + 3 * c), UnsafePointer(odd + 3 * c))
    let (f0, f1, f2, f3) = (filter[0], filter[1], filter[2], filter[3])
    let (f4, f5, f6, f7) = (filter[4], filter[5], filter[6], filter[7])
    let (f8, f9, f10, f11) = (filter[8], filter[9], filter[10], filter[11])
    let (o0, o1, o2, o3, o4, o5) = (o - 3 * c, o - 2 * c, o - c, o, o + c, o + 2 * c)
    let (e0, e1, e2, e3, e4, e5) = (e - 2 * c, e - c, e, e + c, e + 2 * c, e + 3 * c)
    for i in 0..<count {
      let odds = f0 * o0[i] + f2 * o1[i] + f4 * o2[i] + f6 * o3[i] + f8 * o4[i] + f10 * o5[i]
      let evens = f1 * e0[i] + f3 * e1[i] + f5 * e2[i] + f7 * e3[i] + f9 * e4[i] + f11 * e5[i]
      out[i] = odds + evens
    }
  }
}
