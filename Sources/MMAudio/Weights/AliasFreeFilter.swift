import Foundation

/// The low-pass filter around BigVGAN's activations, the same for up- and downsampling by two.
///
/// A windowed sinc of 12 taps with cutoff 0.25 and half width 0.3 cycles per sample, Python
/// `kaiser_sinc_filter1d`: `f[i] = 2c * kaiser(i) * sinc(2c * (i - 5.5))`, normalised to sum one.
enum AliasFreeFilter {
  /// Filters in a checkpoint that differ by more than this are no copies of one filter.
  static let tolerance: Float = 1e-6

  static let taps: [Float] = {
    let (count, cutoff, halfWidth) = (12, 0.25, 0.3)
    let half = Double(count) / 2
    let attenuation = 2.285 * (half - 1) * .pi * 4 * halfWidth + 7.95
    // Kaiser's formula for attenuations above 50 dB, which this filter's is.
    let beta = 0.1102 * (attenuation - 8.7)
    let raw = (0..<count).map { index in
      let time = Double(index) - half + 0.5
      let position = 2 * Double(index) / Double(count - 1) - 1
      let window = besselI0(beta * (1 - position * position).squareRoot()) / besselI0(beta)
      return window * sin(2 * cutoff * .pi * time) / (.pi * time)
    }
    let sum = raw.reduce(0, +)
    return raw.map { Float($0 / sum) }
  }()

  /// The modified Bessel function of order zero by its power series.
  private static func besselI0(_ x: Double) -> Double {
    var (sum, term) = (1.0, 1.0)
    for k in 1...40 {
      term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
      sum += term
    }
    return sum
  }
}
