import Foundation

/// Per-channel parameters of SnakeBeta, `x + sin²(a x) / b`, and the filter around it.
public struct SnakeWeights: Sendable {
  /// Steps before and after a step of output that the kernel looks at.
  static let reach = 6

  /// `eᵅ / π`, half turns, `[channels]`.
  let frequency: Tensor
  /// `1 / (eᵝ + 1e-9)`, `[channels]`.
  let magnitude: Tensor
  /// Twelve taps of the Kaiser-windowed sinc low-pass that both resamplers use.
  let filter: [Float]

  var channels: Int { frequency.count }

  /// Takes the checkpoint's logarithmic parameters.
  ///
  /// - Parameters:
  ///   - alpha: `[channels]`, logarithm of the frequency
  ///   - beta: `[channels]`, logarithm of the inverse magnitude
  ///   - filter: `[12]`
  public init(alpha: Tensor, beta: Tensor, filter: Tensor) {
    precondition(filter.count == 12, "SnakeBeta: a filter of \(filter.count) taps, expected 12")
    frequency = Tensor(alpha.shape, alpha.values.map { Float(exp(Double($0)) / .pi) })
    magnitude = Tensor(beta.shape, beta.values.map { 1 / (exp($0) + 1e-9) })
    self.filter = filter.values
  }
}

/// Alias-free SnakeBeta: upsample by 2, `x + sin²(a x) / b`, downsample by 2, all in one pass.
///
/// The activation of BigVGAN (Lee and others 2023). With F the 12 filter taps and the ends of every
/// signal repeated, Python `Activation1d` is
/// - even `u[2t] = 2 Σ F[5 - 2j] x[t + j]`, j = -3…2,
/// - odd `u[2t + 1] = 2 Σ F[6 - 2j] x[t + j]`, j = -2…3,
/// - `y[t] = Σ F[k] v[2t + k - 5]`, where v is SnakeBeta of u.
///
/// - Parameters:
///   - x: `[time, channels]`
///   - history: steps in front of `x`, `[earlier, channels]`; beyond both ends they are repeated
///   - weights: per channel
///   - steps: which steps of output, counted from the first of `history`
/// - Returns: `[steps, channels]`
func aliasFreeSnake(
  _ x: Tensor, after history: Tensor, _ weights: SnakeWeights, steps: Range<Int>
) -> Tensor {
  let channels = weights.channels
  precondition(
    x.shape.last == channels && history.shape.last == channels,
    "SnakeBeta: \(x.shape) after \(history.shape) for \(channels) channels")
  let tiling = SnakeTiling(channels: channels, steps: steps)
  // More than threads, so that a slow one holds up nobody.
  let tasks = min(tiling.tiles, threadCount * 4)
  let known = history.shape[0]
  return Tensor([steps.count, channels]) { out in
    weights.frequency.withValues { frequency in
      weights.magnitude.withValues { magnitude in
        history.withValues { history in
          x.withValues { values in
            let signal = SnakeSignal(
              history: history, known: known, x: values, time: known + x.shape[0],
              channels: channels)
            parallelFor(tasks) { task in
              withScratch(SnakeTile.size(tiling)) { memory in
                let tile = SnakeTile(
                  memory, tiling, signal, filter: weights.filter, frequency, magnitude)
                for index in share(task, of: tasks, total: tiling.tiles) {
                  tile.run(tiling.steps(index), tiling.channels(index), into: out)
                }
              }
            }
          }
        }
      }
    }
  }
}

/// How steps and channels are cut into tiles whose three buffers stay in a core's cache.
struct SnakeTiling {
  let allChannels: Int
  let allSteps: Range<Int>
  /// Channels of a tile: all if they are few, else whole vectors.
  let width: Int
  /// Steps of a tile.
  let height: Int
  let panels: Int

  private static let bufferSize = 8192

  init(channels: Int, steps: Range<Int>) {
    allChannels = channels
    allSteps = steps
    width = channels <= 64 ? channels : 64
    height = max(1, min(steps.count, Self.bufferSize / width - 2 * SnakeWeights.reach))
    panels = (channels + width - 1) / width
  }

  var tiles: Int { (allSteps.count + height - 1) / height * panels }

  /// Steps of a tile; neighbouring tiles are of the same steps, since a row is contiguous in memory.
  func steps(_ tile: Int) -> Range<Int> {
    let start = allSteps.lowerBound + tile / panels * height
    return start..<min(allSteps.upperBound, start + height)
  }

  func channels(_ tile: Int) -> Range<Int> {
    let start = tile % panels * width
    return start..<min(allChannels, start + width)
  }
}

/// Where steps of the input are, and what stands for those beyond its ends.
struct SnakeSignal {
  let history: UnsafePointer<Float>
  let known: Int
  let x: UnsafePointer<Float>
  let time: Int
  let channels: Int

  @inline(__always)
  func step(_ index: Int) -> UnsafePointer<Float> {
    let index = min(max(index, 0), time - 1)
    return index < known ? history + index * channels : x + (index - known) * channels
  }

  /// Whether steps are one after another in `x`.
  func isContiguous(_ steps: Range<Int>) -> Bool {
    steps.lowerBound >= known && steps.upperBound <= time
  }
}
