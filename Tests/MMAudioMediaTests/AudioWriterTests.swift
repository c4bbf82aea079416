import Foundation
import Testing

@testable import MMAudioMedia

@Suite struct AudioWriterTests {
  static let tone = (0..<16_000).map { Float(sin(Double($0) * 0.17)) * 0.8 }

  @Test("a 16-bit WAV has the plain header and samples rounded to the nearest step")
  func wav16() throws {
    let samples: [Float] = [0, 1, -1, 1.5, -7, 0.5, 1e-5, 1.6e-5, -1.6e-5, 0.25]
    let bytes = try AudioWriter(path: "a.wav", sampleRate: 44_100).encode(samples)
    #expect(bytes.count == 44 + 2 * samples.count)
    #expect(String(decoding: bytes[0..<4] + bytes[8..<16], as: UTF8.self) == "RIFFWAVEfmt ")
    #expect(Array(bytes[20..<36]) == [1, 0, 1, 0, 0x44, 0xac, 0, 0, 0x88, 0x58, 1, 0, 2, 0, 16, 0])
    let values = stride(from: 44, to: bytes.count, by: 2).map {
      Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
    }
    #expect(values == [0, 32767, -32767, 32767, -32767, 16384, 0, 1, -1, 8192])
  }

  @Test("24-bit and float WAVs keep what they can", arguments: [BitDepth.int24, .float32])
  func wavDeep(_ depth: BitDepth) throws {
    let size = depth == .int24 ? 3 : 4
    let bytes = try AudioWriter(path: "a.wav", sampleRate: 16_000, bitDepth: depth)
      .encode(Self.tone)
    let data = bytes.suffix(size * Self.tone.count)
    var worst = 0.0
    for (index, sample) in Self.tone.enumerated() {
      let at = data.startIndex + size * index
      let word = (0..<size).reduce(UInt32(0)) { $0 | UInt32(data[at + $1]) << (8 * $1) }
      let found =
        depth == .int24
        ? Double(Int32(bitPattern: word << 8) >> 8) / 8_388_607
        : Double(Float(bitPattern: word))
      worst = max(worst, abs(found - Double(sample)))
    }
    #expect(worst <= (depth == .int24 ? 0.5001 / 8_388_607 : 0))
  }

  @Test("equal samples make equal float files, whatever the time of day")
  func reproducible() throws {
    let bytes = try AudioWriter(path: "a.wav", sampleRate: 16_000, bitDepth: .float32)
      .encode([0.5])
    #expect(bytes.firstRange(of: Array("PEAK".utf8)) == nil)
  }

  @Test(
    "the extension chooses the format",
    arguments: [
      ("wav", "RIFF"), ("WAV", "RIFF"), ("flac", "fLaC"), ("ogg", "OggS"), ("oga", "OggS"),
      ("opus", "OggS"), ("aiff", "FORM"), ("aif", "FORM"), ("au", ".snd"), ("snd", ".snd"),
      ("caf", "caff"), ("w64", "riff"), ("rf64", "RF64"),
    ])
  func formats(_ suffix: String, _ magic: String) throws {
    try withFolder { folder in
      let path = "\(folder)/tone.\(suffix)"
      try AudioWriter(path: path, sampleRate: 16_000).write(Self.tone)
      #expect(String(decoding: try contents(path).prefix(4), as: UTF8.self) == magic)
      #expect(try names(in: folder) == ["tone.\(suffix)"])
    }
  }

  @Test("a format that is named wins over the extension, and clipped samples are counted")
  func namedFormat() throws {
    try withFolder { folder in
      let path = folder + "/a.mp3"
      let writer = try AudioWriter(path: path, format: "flac", sampleRate: 16_000)
      #expect(try writer.write([1.1, -1, 0, -2, 1]) == 2)
      #expect(String(decoding: try contents(path).prefix(4), as: UTF8.self) == "fLaC")
    }
  }

  @Test("FLAC holds 16 and 24 bits and refuses floats")
  func flacDepths() throws {
    let deep = try AudioWriter(path: "a.flac", sampleRate: 44_100, bitDepth: .int24)
      .encode(Self.tone)
    let plain = try AudioWriter(path: "a.flac", sampleRate: 44_100).encode(Self.tone)
    #expect(deep.count > plain.count)
    let error = #expect(throws: AudioError.bitDepth(path: "a.flac", depth: .float32)) {
      try AudioWriter(path: "a.flac", sampleRate: 44_100, bitDepth: .float32)
    }
    #expect(
      error.map { "\($0)" }
        == "'a.flac' cannot hold 32-bit float samples; choose another --bit-depth or the extension wav"
    )
  }

  @Test("lossy formats ignore the bit depth", arguments: BitDepth.allCases)
  func lossyDepths(_ depth: BitDepth) throws {
    #expect(
      try !AudioWriter(path: "a.ogg", sampleRate: 44_100, bitDepth: depth).encode(Self.tone)
        .isEmpty)
  }

  @Test("an unknown extension lists the known ones", arguments: ["xyz", ""])
  func unknownExtension(_ suffix: String) throws {
    let path = "some.folder/tone" + (suffix.isEmpty ? "" : "." + suffix)
    let error = #expect(throws: AudioError.self) { try AudioWriter(path: path, sampleRate: 16_000) }
    guard case .unknownExtension(path, suffix, let supported)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(supported.starts(with: ["wav", "flac"]))
    #expect(error.map { "\($0)".contains("wav, flac") } == true)
  }

  @Test("Opus refuses a rate it has not, before there are samples")
  func opusRate() throws {
    let error = #expect(throws: AudioError.self) {
      try AudioWriter(path: "a.opus", sampleRate: 44_100)
    }
    guard case .refused("a.opus", 44_100, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a sample that is not a number writes nothing", arguments: [Float.nan, .infinity])
  func notFinite(_ value: Float) throws {
    try withFolder { folder in
      let path = folder + "/a.wav"
      let writer = try AudioWriter(path: path, sampleRate: 16_000)
      let error = #expect(throws: AudioError.notFinite(path: path, index: 2)) {
        try writer.write([0, 0.5, value])
      }
      #expect(
        error.map { "\($0)" }
          == "'\(path)' is not written, sample 2 is not a finite number; the model's weights may be "
          + "damaged: run `mmaudio convert` again")
      #expect(try names(in: folder) == [])
    }
  }

  @Test("a full disk ends in its own error")
  func fullDisk() throws {
    try withFolder { folder in
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/full.wav", withDestinationPath: "/dev/full")
      #expect(throws: OutputError.diskFull(path: folder + "/full.wav")) {
        try AudioWriter(path: folder + "/full.wav", sampleRate: 16_000).write(Self.tone)
      }
    }
  }
}
