internal import CFFmpeg
import Foundation

/// Sound in memory, and what can be made of it and told about it.
struct MonoSound {
  var samples: [Float]
  let sampleRate: Int

  /// The largest sample, without its sign.
  var peak: Float { samples.lazy.map(abs).max() ?? 0 }

  /// How loud a sound is.
  struct Level {
    /// Integrated loudness by EBU R128 in LUFS; nil where it is silent or shorter than 0.4 s.
    var loudness: Double?
    /// The highest point between the samples too, in dBTP.
    var truePeak: Double
  }

  /// Measures the sound as EBU R128 has it.
  func level() throws(FFmpegFailure) -> Level {
    var (loudness, peak) = (-Double.infinity, Float(0))
    try SoundFilter.run(
      "ebur128=metadata=1,aresample=\(Self.oversampled)", on: samples,
      sampleRate: sampleRate
    ) { frame in
      let noted = av_dict_get(frame.pointee.metadata, "lavfi.r128.I", nil, 0)?.pointee.value
      if let noted { loudness = atof(noted) }
      for sample in MMAudioMedia.samples(of: frame) { peak = max(peak, abs(sample)) }
    }
    // The meter does not count what is quieter than -70.
    return Level(loudness: loudness > -70 ? loudness : nil, truePeak: 20 * log10(Double(peak)))
  }

  /// The same sound at another rate: as long to within half a sample, and not later.
  func resampled(to rate: Int) throws(FFmpegFailure) -> MonoSound {
    guard rate != sampleRate else { return self }
    let length = (Double(samples.count) * Double(rate) / Double(sampleRate)).rounded()
    return MonoSound(
      samples: try filtered(by: Self.resampler(to: rate, size: 256), count: Int(length)),
      sampleRate: rate)
  }

  /// The sound with peaks, between samples too, that do not pass 0 dB.
  func limited() throws(FFmpegFailure) -> MonoSound {
    let chain = [
      Self.resampler(to: Self.oversampled, size: 64), "alimiter=level=0:latency=1",
      Self.resampler(to: sampleRate, size: 64),
    ]
    return MonoSound(
      samples: try filtered(by: chain.joined(separator: ","), count: samples.count),
      sampleRate: sampleRate)
  }

  /// The sound with every sample multiplied.
  func scaled(decibels: Double) -> MonoSound {
    let factor = Float(pow(10, decibels / 20))
    return MonoSound(samples: samples.map { $0 * factor }, sampleRate: sampleRate)
  }

  /// The rate at which peaks between samples are found, as FFmpeg's own meter does.
  private static let oversampled = 192_000

  /// libswresample with a filter of its own: of 256 steps it errs by less than -110 dB up to 0.94 of
  /// the band, of 64 up to 0.8, in a quarter of the time.
  private static func resampler(to rate: Int, size: Int) -> String {
    "aresample=\(rate):filter_size=\(size):filter_type=kaiser:kaiser_beta=12:exact_rational=1:"
      + "cutoff=0.97"
  }

  /// What comes out of filters, cut or followed by zeros to `count` samples.
  private func filtered(by chain: String, count: Int) throws(FFmpegFailure) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(count)
    try SoundFilter.run(chain, on: samples, sampleRate: sampleRate) { frame in
      result.append(contentsOf: MMAudioMedia.samples(of: frame))
    }
    if result.count > count { result.removeLast(result.count - count) }
    result.append(contentsOf: repeatElement(0, count: count - result.count))
    return result
  }
}
