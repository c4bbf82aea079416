import Foundation
import Testing

@testable import MMAudioMedia

@Suite struct MediaMetadataTests {
  /// ASCII that JSON may have, of a length in bytes.
  private static func text(_ count: Int) -> String {
    String(
      String(repeating: #"{"prompt": "a \u00e9=;\\ 'b'", "seed": 42}"#, count: 1 + count / 40)
        .prefix(count))
  }

  @Test(
    "a comment as long as the format holds is read back, and a longer one left out",
    arguments: [
      ("wav", 32_000), ("flac", 1 << 20), ("ogg", 1 << 20), ("opus", 32_000), ("mp3", 1 << 20),
      ("aiff", 8000), ("caf", 1000), ("rf64", 32_000), ("au", nil), ("w64", nil),
    ] as [(String, Int?)])
  func sounds(_ ending: String, _ longest: Int?) throws {
    let samples = AudioWriterTests.tone
    try withFolder { folder in
      let path = "\(folder)/a.\(ending)"
      let writer = try AudioWriter(path: path, sampleRate: 16_000)
      for count in [30, 31, 999, 4999, 20_000, 100_000, longest ?? 0, (longest ?? 0) + 1] {
        let comment = Self.text(count)
        #expect(writer.holds(comment: comment) == (longest.map { count <= $0 } ?? false))
        try writer.write(samples, comment: comment)
        let found = try MediaMetadata(path: path).entries["comment"]
        #expect(found == (writer.holds(comment: comment) ? comment : nil), "\(count)")
      }
      try writer.write(samples)
      #expect(try MediaMetadata(path: path).entries["comment"] == nil)
    }
  }

  @Test("the longest comment fits before samples of any depth", arguments: BitDepth.allCases)
  func depths(_ depth: BitDepth) throws {
    try withFolder { folder in
      for ending in ["wav", "rf64", "aiff", "caf"] {
        let path = "\(folder)/a.\(ending)"
        let writer = try AudioWriter(path: path, sampleRate: 16_000, bitDepth: depth)
        let comment = Self.text(
          try #require([32_000, 8000, 1000].first { writer.holds(comment: Self.text($0)) }))
        try writer.write(AudioWriterTests.tone, comment: comment)
        #expect(try MediaMetadata(path: path).entries["comment"] == comment)
        var sound = try OriginalSound(path: path, form: .mono(16_000), start: 0)
        let heard = sound.next(AudioWriterTests.tone.count).channel(0)
        #expect(zip(heard, AudioWriterTests.tone).allSatisfy { abs($0 - $1) < 1 / 16_000 })
      }
    }
  }

  @Test("a comment leaves the samples as they are", arguments: ["wav", "aiff", "caf", "rf64"])
  func samples(_ ending: String) throws {
    let writer = try AudioWriter(path: "a.\(ending)", sampleRate: 16_000)
    let plain = try writer.encode(AudioWriterTests.tone)
    let commented = try writer.encode(AudioWriterTests.tone, comment: Self.text(999))
    let data = Array(plain.suffix(2 * AudioWriterTests.tone.count))
    #expect(commented.firstRange(of: data) != nil)
  }

  @Test(
    "a video keeps its own comment, and has ours beside it",
    arguments: ["mp4", "mov", "mkv", "webm"])
  func videos(_ ending: String) throws {
    let input = try fixture(ending == "webm" ? "mux_vp9.webm" : "mux_full.mp4")
    try withFolder { folder in
      for count in [30, 100_000] {
        let (first, second) = ("\(folder)/1.\(ending)", "\(folder)/2.\(ending)")
        let ours = Self.text(count)
        try VideoMuxer(input: input, output: first)
          .write([], sampleRate: 16_000, comment: "its own")
        try VideoMuxer(input: first, output: second).write([], sampleRate: 16_000, comment: ours)
        let found = try MediaMetadata(path: second).entries
        #expect(found["comment"] == "its own")
        #expect(found["synopsis"] == ours)
        try VideoMuxer(input: input, output: first).write([], sampleRate: 16_000, comment: ours)
        #expect(try MediaMetadata(path: first).entries["comment"] == ours)
        #expect(found["title"] == (ending == "webm" ? nil : "Two strikes"))
      }
    }
  }

  @Test("players that know mov's own places find a comment there")
  func plainMov() throws {
    try withFolder { folder in
      let path = folder + "/a.mov"
      for (count, isTable) in [(30, false), (60_001, true)] {
        try VideoMuxer(input: fixture("mux_full.mp4"), output: path)
          .write([], sampleRate: 16_000, comment: Self.text(count))
        #expect((try contents(path).firstRange(of: Array("mdta".utf8)) != nil) == isTable)
      }
    }
  }

  @Test("what is no media file is an error")
  func noMedia() throws {
    try withFolder { folder in
      let path = folder + "/a.wav"
      #expect(throws: MediaError.missing(path: path)) { try MediaMetadata(path: path) }
      try write([], to: path)
      #expect(throws: MediaError.empty(path: path)) { try MediaMetadata(path: path) }
      try write(Array("{\"comment\": 1}".utf8), to: path)
      let error = #expect(throws: MediaError.self) { try MediaMetadata(path: path) }
      guard case .notMedia(path, _)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }
}
