import Foundation
import Testing

@testable import MMAudioMedia

@Suite struct SoundFinishTests {
  /// Strikes that die away over a quiet noise: peaks far above the loudness, as effects have them.
  private static func strikes(seconds: Double, sampleRate: Int) -> [Float] {
    var state: UInt64 = 42
    return (0..<Int(seconds * Double(sampleRate))).map { index in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Double(Int64(bitPattern: state) >> 32) / Double(Int32.max)
      let age = Double(index % (sampleRate / 2)) / Double(sampleRate)
      return Float(noise * (0.005 + 0.9 * exp(-20 * age)))
    }
  }

  private static func tone(_ frequency: Double, count: Int, sampleRate: Int) -> [Float] {
    (0..<count).map { index -> Float in
      let phase = 2 * Double.pi * frequency * Double(index) / Double(sampleRate)
      return Float(0.5 * sin(phase + 0.3))
    }
  }

  @Test("without wishes every sample stays as it is")
  func untouched() throws {
    let sound: [Float] = [0, -0.0, 1.5, 1e-30, -7]
    let finish = try SoundFinish()
    let result = try finish.apply(to: sound, sampleRate: 16_000)
    #expect(result.samples.map(\.bitPattern) == sound.map(\.bitPattern))
    #expect(result.sampleRate == 16_000)
    #expect(result.loudness == nil && result.note == nil)
    let same = try SoundFinish(sampleRate: 16_000).apply(to: sound, sampleRate: 16_000)
    #expect(same.samples.map(\.bitPattern) == sound.map(\.bitPattern))
  }

  @Test(
    "a tone at another rate is the same tone, neither late nor longer",
    arguments: [
      (44_100, 48_000, 1000.0), (44_100, 48_000, 18_000), (16_000, 48_000, 1000),
      (16_000, 44_100, 6500), (48_000, 44_100, 1000), (44_100, 16_000, 1000),
      (44_100, 192_000, 10_000),
    ])
  func resampling(_ from: Int, _ to: Int, _ frequency: Double) throws {
    let sound = Self.tone(frequency, count: from + 7, sampleRate: from)
    let result = try SoundFinish(sampleRate: to).apply(to: sound, sampleRate: from)
    let length = Int((Double(sound.count * to) / Double(from)).rounded())
    #expect(result.sampleRate == to)
    #expect(result.samples.count == length)
    let expected = Self.tone(frequency, count: length, sampleRate: to)
    // A tone that begins at once has all frequencies there.
    let middle = (to / 10)..<(length - to / 10)
    let error = middle.reduce(0.0) { $0 + pow(Double(result.samples[$1] - expected[$1]), 2) }
    let power = middle.reduce(0.0) { $0 + pow(Double(expected[$1]), 2) }
    let decibels = 10 * log10(error / power)
    #expect(decibels < -110, "\(decibels) dB")
  }

  @Test("what a lower rate cannot hold is gone")
  func aliasing() throws {
    let sound = Self.tone(8100, count: 44_100, sampleRate: 44_100)
    let result = try SoundFinish(sampleRate: 16_000).apply(to: sound, sampleRate: 44_100)
    #expect(result.samples[2000..<14_000].allSatisfy { abs($0) < 1e-5 })
  }

  @Test("any number of samples has its length", arguments: [0, 1, 2, 99, 4096])
  func lengths(_ count: Int) throws {
    for (from, to) in [(16_000, 44_100), (44_100, 8000), (44_100, 48_000), (16_000, 192_000)] {
      let sound = [Float](repeating: 0.25, count: count)
      let result = try SoundFinish(sampleRate: to).apply(to: sound, sampleRate: from)
      #expect(result.samples.count == Int((Double(count * to) / Double(from)).rounded()))
    }
  }

  @Test("the largest sample is at the peak, and silence stays silence", arguments: [0.0, -1, -20])
  func peak(_ peak: Double) throws {
    let finish = try SoundFinish(peak: peak)
    for scale in [Float(0.1), 1, 3] {
      let sound: [Float] = [0.1, -0.7, 0.3].map { $0 * scale }
      let result = try finish.apply(to: sound, sampleRate: 16_000).samples
      #expect(result[1] == -Float(pow(10, peak / 20)))
      #expect(abs(result[0] / result[1] + 1 / 7) < 1e-6)
    }
    #expect(try finish.apply(to: [0, 0], sampleRate: 16_000).samples == [0, 0])
    #expect(try finish.apply(to: [], sampleRate: 16_000).samples == [])
  }

  @Test(
    "a loudness is reached, and no peak passes the ceiling",
    arguments: [(-50.0, 16_000), (-23, 44_100), (-20, 16_000), (-17, 16_000)])
  func loudness(_ target: Double, _ rate: Int) throws {
    let sound = Self.strikes(seconds: 1, sampleRate: rate)
    for ceiling in [nil, -3.0] {
      let result = try SoundFinish(peak: ceiling, loudness: target)
        .apply(to: sound, sampleRate: rate)
      let level = try MonoSound(samples: result.samples, sampleRate: rate).level()
      let found = try #require(level.loudness)
      #expect(abs(found - target) < 0.11, "\(found)")
      #expect(level.truePeak <= (ceiling ?? -1) + 0.06, "\(level.truePeak)")
      #expect(result.note == nil)
      #expect(result.loudness == found)
      #expect(result.samples.count == sound.count)
    }
  }

  @Test("a sound that needs no limiter is only scaled")
  func linear() throws {
    let sound = Self.strikes(seconds: 2, sampleRate: 16_000)
    let result = try SoundFinish(loudness: -35).apply(to: sound, sampleRate: 16_000).samples
    let ratio = result[10] / sound[10]
    #expect(zip(sound, result).allSatisfy { abs($0 * ratio - $1) < 1e-6 })
  }

  @Test("the meter knows the level of a tone by definition")
  func meter() throws {
    // EBU Tech 3341: a stereo tone of 1 kHz at -23 dBFS has -23 LUFS, so one channel has 3 LU less.
    let amplitude = Float(pow(10, -23.0 / 20))
    let tone = Self.tone(1000, count: 96_000, sampleRate: 48_000).map { $0 * 2 * amplitude }
    let level = try MonoSound(samples: tone, sampleRate: 48_000).level()
    #expect(abs(try #require(level.loudness) + 26) < 0.1)
    #expect(abs(level.truePeak + 23) < 0.01)
    // At a quarter of the rate all samples lie beside the peaks.
    let beside = (0..<4800).map { index -> Float in
      let phase = Double.pi * (Double(index) / 2 + 0.25)
      return Float(sin(phase)) * Float(min(index, 4800 - index)) / 4800
    }
    let peaks = MonoSound(samples: beside, sampleRate: 48_000)
    #expect(abs(20 * log10(Double(peaks.peak)) + 9.03) < 0.01)
    #expect(abs(try peaks.level().truePeak + 6.02) < 0.2)
  }

  @Test("a loudness out of reach is said")
  func outOfReach() throws {
    var sound = Self.strikes(seconds: 1, sampleRate: 16_000).map { $0 * 0.01 }
    sound[9000] = 1
    let result = try SoundFinish(loudness: -10).apply(to: sound, sampleRate: 16_000)
    let found = try #require(result.loudness)
    #expect(found < -10.3)
    #expect(
      result.note
        == "the loudness is \(String(format: "%.1f", found)) LUFS, not -10.0: peaks would have to be "
        + "lowered by more than 20 dB to stay below -1.0 dBTP")
    let level = try MonoSound(samples: result.samples, sampleRate: 16_000).level()
    #expect(level.truePeak <= -0.95)
  }

  @Test("what has no loudness stays as it is, which is said")
  func unmeasurable() throws {
    let short = Self.strikes(seconds: 0.39, sampleRate: 16_000)
    for sound in [[], short, [Float](repeating: 0, count: 32_000)] {
      let result = try SoundFinish(loudness: -23).apply(to: sound, sampleRate: 16_000)
      #expect(result.samples == sound)
      #expect(result.loudness == nil)
      #expect(
        result.note
          == "the loudness stays as it is, as silence and less than 0.4 s have none")
    }
    let long = Self.strikes(seconds: 0.5, sampleRate: 16_000)
    #expect(try SoundFinish(loudness: -23).apply(to: long, sampleRate: 16_000).note == nil)
  }

  @Test("values out of range are errors that say what to give")
  func errors() throws {
    let texts: [(FinishError, String)] = [
      (
        .sampleRate(found: 7999),
        "the sample rate is 7999 Hz, expected 8000 to 192000; pass one such as --sample-rate 48000"
      ),
      (.peak(found: 0.5), "the peak is 0.5 dBFS, expected -60 to 0; pass one such as --peak -1"),
      (
        .loudness(found: -4.9),
        "the loudness is -4.9 LUFS, expected -70 to -5; pass one such as --loudness -23"
      ),
      (
        .refused(reason: "no"),
        "the sound cannot be resampled, measured or limited by this FFmpeg (no); leave out "
          + "--sample-rate and --loudness, or install FFmpeg 5.1 or later"
      ),
    ]
    for (error, text) in texts { #expect("\(error)" == text) }
    for rate in [-1, 0, 7999, 192_001, .max] {
      #expect(throws: FinishError.sampleRate(found: rate)) { try SoundFinish(sampleRate: rate) }
    }
    for peak in [0.1, -61, Double.infinity] {
      #expect(throws: FinishError.peak(found: peak)) { try SoundFinish(peak: peak) }
    }
    #expect(throws: FinishError.self) { try SoundFinish(peak: .nan) }
    for loudness in [0.0, -4.9, -71, -Double.infinity] {
      #expect(throws: FinishError.loudness(found: loudness)) {
        try SoundFinish(loudness: loudness)
      }
    }
    _ = try SoundFinish(sampleRate: 8000, peak: 0, loudness: -5)
    _ = try SoundFinish(sampleRate: 192_000, peak: -60, loudness: -70)
  }
}
