import CFFmpeg
import Foundation
import Testing

@testable import MMAudioMedia

/// A video's own sound and the new one in one track.
@Suite struct MixTests {
  /// Decibels of a channel's power, without the ends.
  private func level(_ frames: [SoundFrame], _ channel: Int) -> Double {
    let middle = frames.dropFirst(frames.count / 4).dropLast(frames.count / 4)
    return 10
      * log10(
        middle.reduce(1e-12) { $0 + Double($1[channel] * $1[channel]) / Double(middle.count) })
  }

  /// Mixes into a fixture, and returns the sound in it before and after, at the form that it has.
  private func mix(
    _ name: String, as output: String, _ samples: [Float], sampleRate: Int = 16_000
  ) throws -> (form: SoundForm, before: [SoundFrame], after: [SoundFrame]) {
    var result: (SoundForm, [SoundFrame], [SoundFrame])?
    let input = try fixture(name)
    try withFolder { folder in
      let path = folder + "/" + output
      try VideoMuxer(input: input, output: path, originalAudio: .mix)
        .write(samples, sampleRate: sampleRate)
      let form = try #require(try OriginalSound.form(path: path, options: VideoOptions()))
      func sound(_ path: String) throws -> [SoundFrame] {
        var sound = try OriginalSound(
          path: path, form: form, start: VideoSpan(path: path).start)
        return sound.next(form.sampleRate / 2)
      }
      result = (form, try sound(input), try sound(path))
    }
    return try #require(result)
  }

  @Test(
    "rate, channels and levels of the original stay",
    arguments: ["stream_surround.mkv", "mux_full.mp4"], ["mp4", "mkv"])
  func original(_ name: String, _ ending: String) throws {
    let (form, before, after) = try mix(name, as: "out." + ending, [])
    #expect(form.sampleRate == (name == "mux_full.mp4" ? 44_100 : 48_000))
    #expect(form.channels == (name == "mux_full.mp4" ? 2 : 6))
    for channel in 0..<form.channels {
      let change = level(after, channel) - level(before, channel)
      #expect(abs(change) <= 0.1, "channel \(channel): \(change) dB")
    }
  }

  @Test("Opus takes all channels too")
  func opus() {
    let forms = SoundForm(sampleRate: 48_000, speakers: 0x60f).alternatives
    let taken = forms.first { form in
      let encoder = try? SoundTrackEncoder(
        name: "libopus", form: form, bitRate: 512_000, hasHeader: true)
      return encoder != nil
    }
    #expect(taken?.channels == 6)
  }

  @Test("the new sound is in the middle, as loud as it is alone")
  func middle() throws {
    let tone = (0..<8000).map { 0.2 * Float(sin(2 * .pi * 3000 * Double($0) / 16_000)) }
    let (form, before, after) = try mix("stream_surround.mkv", as: "out.mp4", tone)
    let alone = 10 * log10(0.2 * 0.2 / 2)
    for channel in 0..<form.channels {
      let added = zip(after, before).map { $0 - $1 }
      if channel < 2 {
        #expect(abs(level(added, channel) - (alone - 3)) < 0.3, "\(level(added, channel))")
      } else {
        #expect(level(added, channel) < -40)
      }
    }
    // 44.1 kHz, so that nothing of the new sound is lost in a telephone's.
    #expect(
      try mix("mux_flac.mkv", as: "out.mkv", tone, sampleRate: 44_100).form.sampleRate == 44_100)
  }

  @Test("weights for a sound of one channel, by loudspeakers")
  func weights() {
    func weights(_ speakers: UInt64) -> [Float] {
      let form = SoundForm(sampleRate: 1, speakers: speakers)
      return (0..<form.channels).map { form.weightsOfMono[$0] }
    }
    let half = Float(0.5).squareRoot()
    #expect(weights(4) == [1])
    #expect(weights(3) == [half, half])
    #expect(weights(0x60f) == [half, half, 0, 0, 0, 0])
    #expect(weights(0x4) == [1])
    // The back alone has no middle.
    #expect(weights(0x30) == [1, 0])
  }

  @Test("forms that an encoder is asked for in turn")
  func alternatives() {
    let film = SoundForm(sampleRate: 192_000, speakers: 0x60f)
    #expect(film.alternatives.prefix(3).map(\.sampleRate) == [192_000, 96_000, 48_000])
    #expect(film.alternatives.map(\.speakers) == [0x3f, 0x3f, 0x3f, 0x60f, 0x60f, 0x60f, 3, 3, 3])
    #expect(
      SoundForm(sampleRate: 44_100, speakers: 3).alternatives.map(\.sampleRate).contains(44_100))
    // More channels than frames have.
    let hall = SoundForm(sampleRate: 48_000, speakers: 0xfffff)
    #expect(hall.alternatives.allSatisfy { $0.channels == 2 })
  }
}
