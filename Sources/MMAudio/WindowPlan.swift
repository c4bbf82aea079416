import Foundation
import MMAudioKernels

/// How a sound is cut into windows of the length that the networks were trained on.
///
/// A sound for a video that fills a window is made in one, as in the reference; for a shorter video, a whole
/// window is made and cut. A longer sound is covered by windows of equal length that overlap; the last may
/// reach past the end, less than one sync step. Windows start at multiples of a sync step, 0.32 s, so that
/// each segment of motion is encoded once and means the same to all windows that see it.
public struct WindowPlan: Sendable, Equatable {
  /// Where the tokens of one window lie among all.
  struct Window: Sendable, Equatable {
    let latent: Range<Int>
    let clip: Range<Int>
    let sync: Range<Int>
  }

  /// Token counts of every window.
  let lengths: SequenceLengths
  /// In order of time.
  let windows: [Window]
  /// Length of the sound; nil if it is what the vocoder makes of the windows, as in the reference.
  let soundSeconds: Double?

  /// One window of its own length, in the reference's geometry.
  init(seconds: Double, rate: AudioRate) {
    self.init(SequenceLengths(seconds: seconds, rate: rate), soundSeconds: nil)
  }

  /// One window of so many latents, for which no features are needed.
  init(latentTokens: Int) {
    self.init(SequenceLengths(latentTokens: latentTokens), soundSeconds: nil)
  }

  /// One window.
  ///
  /// - Parameters:
  ///   - lengths: its tokens
  ///   - soundSeconds: length of the sound, if it is another than that of the window
  init(_ lengths: SequenceLengths, soundSeconds: Double?) {
    self.lengths = lengths
    self.soundSeconds = soundSeconds
    windows = [Window(latent: 0..<lengths.latent, clip: 0..<lengths.clip, sync: 0..<lengths.sync)]
  }

  /// As few windows as cover a sound that is longer than one.
  ///
  /// - Parameters:
  ///   - seconds: length of the sound
  ///   - lengths: tokens of a window
  ///   - window: length of a window in seconds, less than `seconds`
  ///   - overlap: seconds that neighbours share at least, less than `window` by a sync step
  ///   - rate: of the latents
  init(
    covering seconds: Double, lengths: SequenceLengths, window: Double, overlap: Double,
    rate: AudioRate
  ) {
    precondition(seconds > window, "WindowPlan: \(seconds) s in windows of \(window) s")
    let stride = max(1, Int(((window - overlap) / Self.step).rounded(.down)))
    let last = Int(((seconds - window) / Self.step).rounded(.up))
    let steps = Array(Swift.stride(from: 0, to: last, by: stride)) + [last]
    self.lengths = lengths
    soundSeconds = seconds
    windows = steps.map { step in
      let seconds = Double(step) * Self.step
      let latent = Int((seconds * rate.latentsPerSecond).rounded())
      // At most half a frame beside its time, which matters less for what is seen than for when.
      let clip = Int((seconds * SequenceLengths.clipFrameRate).rounded())
      let sync = step * SequenceLengths.syncTokensPerSegment
      return Window(
        latent: latent..<latent + lengths.latent, clip: clip..<clip + lengths.clip,
        sync: sync..<sync + lengths.sync)
    }
  }

  /// Tokens of all windows together.
  var total: (latent: Int, clip: Int, sync: Int) {
    let last = windows[windows.count - 1]
    return (last.latent.upperBound, last.clip.upperBound, last.sync.upperBound)
  }

  /// Seconds from one sync segment's start to the next one's.
  public static let step =
    Double(SequenceLengths.syncSegmentStep) / SequenceLengths.syncFrameRate

  /// Joins what the windows made of their parts of one sequence, `Σ wᵢ xᵢ / Σ wᵢ`.
  ///
  /// A weight rises and falls as a raised cosine over the tokens that a window shares with a neighbour,
  /// so that a window has next to no weight at its own edges, and no seam is audible.
  ///
  /// - Parameters:
  ///   - parts: for each window `[tokensPerLatent * latent tokens, channels]`
  ///   - tokensPerLatent: rows for one latent token
  /// - Returns: `[tokensPerLatent * total latent tokens, channels]`; one part comes back as it is
  func blended(_ parts: [Tensor], tokensPerLatent: Int = 1) -> Tensor {
    precondition(
      parts.count == windows.count, "blended: \(parts.count) of \(windows.count) windows")
    guard parts.count > 1 else { return parts[0] }
    let channels = parts[0].shape[1]
    let rows = tokensPerLatent * total.latent
    var sums = [Float](repeating: 0, count: rows * channels)
    var weights = [Float](repeating: 0, count: rows)
    for (index, part) in parts.enumerated() {
      let first = tokensPerLatent * windows[index].latent.lowerBound
      let values = part.values
      for (row, weight) in self.weights(of: index, tokensPerLatent).enumerated() {
        weights[first + row] += weight
        for channel in 0..<channels {
          sums[(first + row) * channels + channel] += weight * values[row * channels + channel]
        }
      }
    }
    for row in 0..<rows {
      for channel in 0..<channels { sums[row * channels + channel] /= weights[row] }
    }
    return Tensor([rows, channels], sums)
  }

  /// The weights of one window's rows.
  private func weights(of index: Int, _ tokensPerLatent: Int) -> [Float] {
    let window = windows[index].latent
    let before = index == 0 ? 0 : windows[index - 1].latent.upperBound - window.lowerBound
    let after =
      index == windows.count - 1
      ? 0 : window.upperBound - windows[index + 1].latent.lowerBound
    let count = tokensPerLatent * window.count
    return (0..<count).map { row in
      raisedCosine(row, of: tokensPerLatent * before)
        * raisedCosine(count - 1 - row, of: tokensPerLatent * after)
    }
  }
}

/// `sin²(π/2 · (row + ½) / count)`: from 0 to 1 over `count` rows, 1 behind them.
private func raisedCosine(_ row: Int, of count: Int) -> Float {
  guard row < count else { return 1 }
  let sine = sin(Float.pi / 2 * (Float(row) + 0.5) / Float(count))
  return sine * sine
}
