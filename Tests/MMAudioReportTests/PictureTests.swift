import Foundation
import MMAudioMedia
import MMAudioTestSupport
import Testing

@testable import MMAudioReport

@Suite struct PictureTests {
  @Test(
    "a tone is loudest where its frequency is, at all times",
    arguments: [(16_000, 1000.0), (16_000, 6000), (44_100, 200), (44_100, 16_000)])
  func tone(_ sampleRate: Int, _ hertz: Double) {
    let samples = (0..<sampleRate).map {
      Float(sin(2 * .pi * hertz * Double($0) / Double(sampleRate)))
    }
    let spectrogram = Spectrogram(samples, sampleRate: sampleRate)
    for column in [20, spectrogram.columns / 2, spectrogram.columns - 20] {
      let levels = (0..<Spectrogram.bands).map {
        spectrogram.decibels[column * Spectrogram.bands + $0]
      }
      let loudest = levels.indices.max { levels[$0] < levels[$1] } ?? 0
      let expected = spectrogram.height(ofHertz: hertz) * Double(Spectrogram.bands)
      #expect(abs(Double(loudest) + 0.5 - expected) <= 1.5, "column \(column): band \(loudest)")
      #expect(levels[loudest] > -3, "column \(column)")
    }
  }

  @Test("a click is where its time is, in a long sound as well", arguments: [1, 20])
  func click(_ seconds: Int) {
    let sampleRate = 16_000
    var samples = Array(repeating: Float(0), count: seconds * sampleRate)
    samples[samples.count / 4] = 1
    let spectrogram = Spectrogram(samples, sampleRate: sampleRate)
    #expect(spectrogram.columns == (seconds == 1 ? 251 : 1400))
    #expect(spectrogram.decibels.count == spectrogram.columns * Spectrogram.bands)
    let sums = (0..<spectrogram.columns).map { column in
      spectrogram.decibels[column * Spectrogram.bands..<(column + 1) * Spectrogram.bands]
        .reduce(0, +)
    }
    let loudest = sums.indices.max { sums[$0] < sums[$1] } ?? 0
    #expect(abs(loudest - spectrogram.columns / 4) <= 1, "column \(loudest)")
  }

  @Test("the picture is a PNG that FFmpeg reads, high frequencies up, silence dark")
  func png() throws {
    let samples = (0..<16_000).map { Float(sin(Double($0) * 0.6)) }
    let scratch = try ScratchFolder()
    let spectrogram = Spectrogram(samples, sampleRate: 16_000)
    let bytes = try spectrogram.png()
    let reader = try VideoReader(path: scratch.write(bytes, to: "a.png").path)
    try reader.readFrames(rates: [1], until: 0) { picture, _ in
      #expect(picture.width == spectrogram.columns && picture.height == Spectrogram.bands)
      func light(_ row: Int) -> Int {
        let at = row * picture.bytesPerRow + 3 * 125
        return picture.bytes[at..<at + 3].reduce(0) { $0 + Int($1) }
      }
      // 1528 Hz are 46 % of the way up the mel scale to 8 kHz.
      #expect(light(108) > 500 && light(20) < 30 && light(195) < 200)
    }
  }

  @Test("the colours go from black to light without a step")
  func colours() {
    let light = ColourMap.palette.map { colour in
      0.2126 * Double(colour >> 16 & 255) + 0.7152 * Double(colour >> 8 & 255)
        + 0.0722 * Double(colour & 255)
    }
    #expect(ColourMap.palette.count == 256)
    #expect(ColourMap.palette[0] == 0x000004 && ColourMap.palette[255] == 0xfcfdbf)
    for (one, next) in zip(light, light.dropFirst()) {
      #expect(next >= one - 0.5 && next - one < 4)
    }
  }

  @Test("a waveform's scale follows its peak, and its size not its length")
  func waveform() {
    let quiet = WaveformPicture([0, 0.04, -0.03])
    #expect(quiet.peak == 0.04 && quiet.scale == 0.05)
    #expect(
      quiet.svg.contains("<path d=\"M0 500L1 100L2 800L2 800L1 100L0 500Z\"/>"), "\(quiet.svg)")
    let loud = WaveformPicture((0..<200_000).map { Float(sin(Double($0))) * 1.5 })
    #expect(loud.scale == 1 && loud.svg.utf8.count < 40_000)
    #expect(WaveformPicture([0]).scale == 0.01)
  }

  @Test(
    "ticks are at round times",
    arguments: [
      (8.0, ["0 s", "1 s", "2 s", "3 s", "4 s", "5 s", "6 s", "7 s", "8 s"]),
      (2.02, ["0.0 s", "0.5 s", "1.0 s", "1.5 s", "2.0 s"]),
      (60, ["0 s", "10 s", "20 s", "30 s", "40 s", "50 s", "60 s"]),
      (0.08, (0...8).map { "0.0\($0) s" }),
    ] as [(Double, [String])])
  func ticks(_ seconds: Double, _ labels: [String]) {
    let found = TimeAxis(seconds: seconds).html.matches(of: />([^<]+)<\/span>/).map { "\($0.1)" }
    #expect(found == labels)
  }
}
