/// Why sound cannot be finished the way it was asked for.
public enum FinishError: Error, Equatable {
  /// The sample rate in hertz is outside ``SoundFinish/sampleRates``.
  case sampleRate(found: Int)
  /// The peak in dBFS is outside ``SoundFinish/peaks``.
  case peak(found: Double)
  /// The loudness in LUFS is outside ``SoundFinish/loudnesses``.
  case loudness(found: Double)
  /// This FFmpeg lacks a filter; `reason` is FFmpeg's.
  case refused(reason: String)
}

extension FinishError: CustomStringConvertible {
  /// One line: what happened, what was expected, what to do.
  public var description: String {
    switch self {
    case .sampleRate(let found):
      "the sample rate is \(found) Hz, expected \(Self.text(SoundFinish.sampleRates)); "
        + "pass one such as --sample-rate 48000"
    case .peak(let found):
      "the peak is \(found) dBFS, expected \(Self.text(SoundFinish.peaks)); pass one such as "
        + "--peak -1"
    case .loudness(let found):
      "the loudness is \(found) LUFS, expected \(Self.text(SoundFinish.loudnesses)); "
        + "pass one such as --loudness -23"
    case .refused(let reason):
      "the sound cannot be resampled, measured or limited by this FFmpeg (\(reason)); leave out "
        + "--sample-rate and --loudness, or install FFmpeg 5.1 or later"
    }
  }

  private static func text<Number: BinaryInteger>(_ range: ClosedRange<Number>) -> String {
    "\(range.lowerBound) to \(range.upperBound)"
  }

  private static func text(_ range: ClosedRange<Double>) -> String {
    text(Int(range.lowerBound)...Int(range.upperBound))
  }
}
