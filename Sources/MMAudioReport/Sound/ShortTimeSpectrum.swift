import Foundation
import MMAudioMedia

/// Spectra of short pieces of a sound, each under a Hann window.
struct ShortTimeSpectrum: ~Copyable {
  /// Hertz from one frequency to the next.
  let hertzPerBin: Double
  /// Frequencies of a spectrum, from zero to half the sample rate.
  var binCount: Int { transform.size / 2 + 1 }
  /// Samples of a piece.
  var windowSize: Int { window.count }
  /// Weights of the samples, which make a tone's magnitude its amplitude.
  private let window: [Float]
  private let transform: FourierTransform

  /// - Parameters:
  ///   - windowSize: samples of a piece
  ///   - transformSize: a power of two, no less; a greater one draws the spectrum finer
  ///   - sampleRate: samples per second
  init(windowSize: Int, transformSize: Int, sampleRate: Int) {
    let hann = (0..<windowSize).map {
      0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(windowSize - 1))
    }
    let sum = hann.reduce(0, +)
    window = hann.map { Float(2 * $0 / sum) }
    transform = FourierTransform(size: transformSize)
    hertzPerBin = Double(sampleRate) / Double(transformSize)
  }

  /// Magnitudes of the piece that begins at sample `start`, with silence before and after the sound.
  func magnitudes(of samples: [Float], from start: Int) -> [Float] {
    let piece = window.indices.map { index in
      samples.indices.contains(start + index) ? samples[start + index] * window[index] : 0
    }
    return transform.magnitudes(of: piece)
  }
}
