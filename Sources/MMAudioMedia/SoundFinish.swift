import Foundation

/// What is done to sound before it is written: another rate, a peak, a loudness.
///
/// Nothing is asked for by default, which leaves every sample as it is.
public struct SoundFinish: Equatable, Sendable {
  /// Sample rates that can be asked for, in hertz.
  public static let sampleRates = 8000...192_000
  /// Peaks that can be asked for, in dBFS.
  public static let peaks = -60.0...0
  /// Loudnesses that can be asked for, in LUFS.
  public static let loudnesses = -70.0...(-5)

  private let sampleRate: Int?
  private let peak: Double?
  private let loudness: Double?

  /// - Parameters:
  ///   - sampleRate: samples per second that the sound gets
  ///   - peak: dBFS that the largest sample gets; with a loudness, what no peak passes
  ///   - loudness: integrated loudness by EBU R128 in LUFS that the sound gets; peaks, between samples
  ///     too, are limited to -1 dBTP unless `peak` says otherwise
  /// - Throws: that a value is out of range
  public init(
    sampleRate: Int? = nil, peak: Double? = nil, loudness: Double? = nil
  ) throws(FinishError) {
    if let sampleRate, !Self.sampleRates.contains(sampleRate) {
      throw .sampleRate(found: sampleRate)
    }
    if let peak, !Self.peaks.contains(peak) { throw .peak(found: peak) }
    if let loudness, !Self.loudnesses.contains(loudness) { throw .loudness(found: loudness) }
    self.sampleRate = sampleRate
    self.peak = peak
    self.loudness = loudness
  }

  /// The rate of the result for sound of a rate.
  ///
  /// - Parameter rate: samples per second
  /// - Returns: samples per second
  public func sampleRate(for rate: Int) -> Int { sampleRate ?? rate }

  /// Finishes a sound.
  ///
  /// - Parameters:
  ///   - samples: mono and finite
  ///   - rate: samples per second
  /// - Returns: the sound to write
  /// - Throws: that this FFmpeg cannot do it
  public func apply(to samples: [Float], sampleRate rate: Int) throws(FinishError) -> FinishedSound
  {
    do throws(FFmpegFailure) {
      let sound = try MonoSound(samples: samples, sampleRate: rate)
        .resampled(to: sampleRate(for: rate))
      if let loudness { return try Self.louder(sound, target: loudness, ceiling: peak ?? -1) }
      guard let peak, sound.peak > 0 else { return FinishedSound(sound) }
      // Divided first, so that the largest is exactly one.
      let (largest, level) = (sound.peak, Float(pow(10, peak / 20)))
      return FinishedSound(
        MonoSound(
          samples: sound.samples.map { $0 / largest * level }, sampleRate: sound.sampleRate))
    } catch {
      throw .refused(reason: ffmpegText(error.code))
    }
  }

  /// Decibels by which the limiter may lower a peak; more would be heard as a different sound.
  private static let mostLimiting = 20.0

  /// Brings a sound to a loudness; what the limiter takes away is made up for by more gain.
  private static func louder(
    _ sound: MonoSound, target: Double, ceiling: Double
  ) throws(FFmpegFailure) -> FinishedSound {
    let before = try sound.level()
    guard let loudness = before.loudness else {
      return FinishedSound(
        sound, note: "the loudness stays as it is, as silence and less than 0.4 s have none")
    }
    let most = ceiling + mostLimiting - before.truePeak
    var (gain, limit) = (min(target - loudness, most), ceiling)
    var (result, level) = (sound, before)
    for _ in 0..<10 {
      result = sound.scaled(decibels: gain - limit)
      if before.truePeak + gain > limit { result = try result.limited() }
      result = result.scaled(decibels: limit)
      level = try result.level()
      let missing = target - (level.loudness ?? target)
      let excess = level.truePeak - ceiling
      guard excess > 0.05 || abs(missing) > 0.1 && (missing < 0 || gain < most) else { break }
      // The limiter takes some of it away again.
      gain = min(gain + 1.5 * missing, most)
      limit -= max(0, excess)
    }
    let reached = level.loudness ?? target
    guard abs(reached - target) > 0.3 else { return FinishedSound(result, loudness: reached) }
    return FinishedSound(
      result, loudness: reached,
      note: String(
        format: "the loudness is %.1f LUFS, not %.1f: peaks would have to be lowered by more than "
          + "%.0f dB to stay below %.1f dBTP", reached, target, mostLimiting, ceiling))
  }
}

/// A sound that is ready to be written.
public struct FinishedSound: Sendable {
  /// Mono.
  public let samples: [Float]
  /// Samples per second.
  public let sampleRate: Int
  /// Integrated loudness in LUFS, if one was asked for and reached as far as it could be.
  public let loudness: Double?
  /// What could not be done, in words for the user.
  public let note: String?

  init(_ sound: MonoSound, loudness: Double? = nil, note: String? = nil) {
    samples = sound.samples
    sampleRate = sound.sampleRate
    self.loudness = loudness
    self.note = note
  }
}
