import Foundation

/// Hears when something strikes, as `Scripts/nano/onsets.py` does, which the models are measured with.
///
/// Onset strength is how much louder the bands of a spectrum get within some milliseconds, on a scale
/// between amplitude and loudness, so that a strike into the tail of another counts as well. Its
/// largest peaks are onsets.
struct Onsets {
  /// When they are.
  let seconds: [Double]

  private static let hop = 0.005
  private static let window = 0.032
  private static let bands = 32, lowest = 60.0, highest = 7600.0
  /// Hops over which a rise is taken.
  private static let lag = 4
  /// Of amplitudes, which are those of tones times the half sum of the reference's window.
  private static let power: Float = 0.6, amplitude: Float = 127.75
  /// To the strongest rises, below which a peak is no onset.
  private static let relative: Float = 0.35
  /// Strength below which nothing is an onset.
  private static let quietest: Float = 0.05
  /// Hops between two onsets, at least.
  private static let apart = 40
  /// Seconds that a peak comes after its event, on real sounds.
  private static let late = 0.003

  /// - Parameters:
  ///   - samples: within ±1
  ///   - sampleRate: samples per second
  init(_ samples: [Float], sampleRate: Int) {
    let strength = Self.strength(samples, sampleRate: sampleRate)
    let peaks = strength.indices.filter { index in
      let around = strength[max(index - 3, 0)...min(index + 3, strength.count - 1)]
      return strength[index] > Self.quietest && around.allSatisfy { $0 <= strength[index] }
    }.sorted { strength[$0] > strength[$1] }
    guard !peaks.isEmpty else {
      seconds = []
      return
    }
    let strongest = peaks.prefix(5).map { strength[$0] }
    let median = (strongest[(strongest.count - 1) / 2] + strongest[strongest.count / 2]) / 2
    var kept: [Int] = []
    for peak in peaks.prefix(while: { strength[$0] >= Self.relative * median })
    where kept.allSatisfy({ abs($0 - peak) >= Self.apart }) {
      kept.append(peak)
    }
    seconds = kept.sorted().map { max(Double($0) * Self.hop - Self.late, 0) }
  }

  /// The mean rise of all bands, every hop.
  private static func strength(_ samples: [Float], sampleRate: Int) -> [Float] {
    let windowSize = Int((window * Double(sampleRate)).rounded())
    var transformSize = 2
    while transformSize < windowSize { transformSize *= 2 }
    let spectrum = ShortTimeSpectrum(
      windowSize: windowSize, transformSize: transformSize, sampleRate: sampleRate)
    let edges = (0...bands + 1).map { index in
      lowest * pow(highest / lowest, Double(index) / Double(bands + 1))
    }
    let filters = BandFilters(
      edges: edges, hertzPerBin: spectrum.hertzPerBin, binCount: spectrum.binCount)
    var levels: [[Float]] = []
    var strength: [Float] = []
    while true {
      let middle = Int((Double(strength.count) * hop * Double(sampleRate)).rounded())
      let start = middle - windowSize / 2
      // Not beyond the end, where sound that is cut off would seem to click.
      guard start + windowSize <= samples.count else { return strength }
      levels.append(
        filters(spectrum.magnitudes(of: samples, from: start)).map { pow(amplitude * $0, power) })
      let before = levels[max(levels.count - 1 - lag, 0)]
      let rises = zip(levels[levels.count - 1], before).map { max($0 - $1, 0) }
      strength.append(rises.reduce(0, +) / Float(bands))
    }
  }
}
