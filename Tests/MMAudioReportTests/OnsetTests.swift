import Foundation
import Testing

@testable import MMAudioReport

@Suite struct OnsetTests {
  @Test("strikes are found where Scripts/nano/onsets.py finds them")
  func reference() {
    // Expected from the same samples by the script, which a quiet strike and one that comes 150 ms
    // before a louder one are no onsets for.
    let found = Onsets(Self.strikes(sampleRate: 16_000), sampleRate: 16_000).seconds
    #expect(found.map { ($0 * 1000).rounded() } == [247, 747, 1397, 2497])
  }

  @Test("another sample rate changes little")
  func otherRate() {
    let found = Onsets(Self.strikes(sampleRate: 44_100), sampleRate: 44_100).seconds
    #expect(found.count == 4, "\(found)")
    for (onset, strike) in zip(found, [0.25, 0.75, 1.4, 2.5]) {
      #expect(abs(onset - strike) <= 0.01, "\(found)")
    }
  }

  @Test("clicks are found within half a window", arguments: [16_000, 44_100])
  func clicks(_ sampleRate: Int) {
    var samples = Array(repeating: Float(0), count: 3 * sampleRate)
    let times = [0.5, 1.25, 2.125]
    for time in times { samples[Int(time * Double(sampleRate))] = 0.9 }
    let found = Onsets(samples, sampleRate: sampleRate).seconds
    #expect(found.count == times.count, "\(found)")
    for (onset, time) in zip(found, times) { #expect(abs(onset - time) <= 0.016, "\(found)") }
  }

  @Test("silence, a steady tone and sounds shorter than a window have none")
  func none() {
    let tone = (0..<16_000).map { Float(sin(Double($0) * 0.2)) * min(Float($0) / 16_000, 0.3) }
    for samples in [Array(repeating: 0, count: 16_000), [0.5], tone] {
      #expect(Onsets(samples, sampleRate: 16_000).seconds.isEmpty, "\(samples.count) samples")
    }
  }

  /// Six strikes into faint noise, as the expected values were made from.
  static func strikes(sampleRate: Int) -> [Float] {
    let strikes = [
      (0.25, 0.5), (0.6, 0.3), (0.75, 0.4), (1.4, 0.5), (1.7, 0.05), (2.5, 0.25),
    ]
    var state: UInt32 = 12345
    return (0..<3 * sampleRate).map { index in
      state = state &* 1_664_525 &+ 1_013_904_223
      let noise = Double(state) / 4_294_967_296 * 2 - 1
      var sample = 0.002 * noise
      for (number, (start, size)) in strikes.enumerated() {
        let time = Double(index) / Double(sampleRate) - start
        guard time >= 0 else { continue }
        let tone = sin(2 * .pi * Double(700 + 150 * number) * time)
        sample += size * (exp(-6 * time) * tone + 0.5 * exp(-120 * time) * noise)
      }
      return Float(sample)
    }
  }
}
