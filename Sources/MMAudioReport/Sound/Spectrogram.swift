import Foundation

/// A sound's loudness over time and frequency, in bands that are evenly spaced in pitch as heard.
struct Spectrogram {
  /// Columns of a long sound; a short one has as many as its windows tell apart.
  static let mostColumns = 1400
  /// Bands of a column, the lowest first.
  static let bands = 200
  /// Decibels below the loudest at which everything is as good as silence.
  static let range: Float = 80

  /// How many columns there are.
  let columns: Int
  /// `[columns, bands]`, from ``range`` below zero to zero.
  let decibels: [Float]
  /// Hertz at the upper edge.
  let highest: Double

  /// - Parameters:
  ///   - samples: within ±1
  ///   - sampleRate: samples per second
  init(_ samples: [Float], sampleRate: Int) {
    highest = Double(sampleRate) / 2
    // About 50 ms, between what shows strikes and what shows tones.
    let windowSize = sampleRate < 32_000 ? 1024 : 2048
    let spectrum = ShortTimeSpectrum(
      windowSize: windowSize, transformSize: 2 * windowSize, sampleRate: sampleRate)
    let top = Self.mel(highest)
    let edges = (0...Self.bands + 1).map { Self.hertz(top * Double($0) / Double(Self.bands + 1)) }
    let filters = BandFilters(
      edges: edges, hertzPerBin: spectrum.hertzPerBin, binCount: spectrum.binCount)
    columns = min(Self.mostColumns, 16 * samples.count / windowSize + 1)
    let step = Double(samples.count) / Double(columns)
    // A column of a long sound is its loudest piece, so that no strike is between two.
    let pieces = max(Int((2 * step / Double(windowSize)).rounded(.up)), 1)
    var levels: [Float] = []
    levels.reserveCapacity(columns * Self.bands)
    for column in 0..<columns {
      var loudest = Array(repeating: Float(0), count: Self.bands)
      for piece in 0..<pieces {
        let middle = (Double(column) + (Double(piece) + 0.5) / Double(pieces)) * step
        let found = filters(
          spectrum.magnitudes(of: samples, from: Int(middle) - windowSize / 2))
        for band in loudest.indices { loudest[band] = max(loudest[band], found[band]) }
      }
      levels += loudest.map { 20 * log10(max($0, 1e-9)) }
    }
    // What is hardly there at all should not be made to look loud.
    let loudest = max(levels.max() ?? 0, -100)
    decibels = levels.map { max($0 - loudest, -Self.range) }
  }

  /// How far up a frequency is, 1 at ``highest``.
  func height(ofHertz hertz: Double) -> Double { Self.mel(hertz) / Self.mel(highest) }

  /// The mel scale, as O'Shaughnessy gives it.
  private static func mel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }

  private static func hertz(_ mel: Double) -> Double { 700 * (pow(10, mel / 2595) - 1) }
}
