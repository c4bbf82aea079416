import CFFmpeg
import Foundation
import Testing

@testable import MMAudioMedia

/// What a copy keeps in another form, and what it says that it lacks.
@Suite struct StreamLossTests {
  /// Muxes a fixture, and returns what the output is said to lack, and has.
  private func copy(
    _ name: String, as output: String
  ) throws -> (leftOut: [String], contents: MediaContents) {
    var result: ([String], MediaContents)?
    try withFolder { folder in
      let path = folder + "/" + output
      let muxer = try VideoMuxer(input: fixture(name), output: path)
      try muxer.write([Float](repeating: 0.1, count: 8000), sampleRate: 16_000)
      result = (muxer.leftOut, try MediaContents(path))
    }
    return try #require(result)
  }

  /// The words of a stream of subtitles with the times at which they appear.
  private func words(_ contents: MediaContents) throws -> [String] {
    let stream = try #require(contents.streams.first { $0.kind == "subtitle" })
    return stream.packets.compactMap { packet in
      // QuickTime's have two bytes of length in front, and nothing else where there are none.
      let text = stream.codec == "mov_text" ? Array(packet.bytes.dropFirst(2)) : packet.bytes
      let length =
        stream.codec == "mov_text"
        ? packet.bytes.prefix(2).reduce(0) { $0 << 8 | Int($1) } : text.count
      guard length > 0 else { return nil }
      return "\(packet.time ?? -1) \(String(decoding: text.prefix(length), as: UTF8.self))"
    }
  }

  @Test("SubRip becomes QuickTime's text", arguments: ["out.mp4", "out.mov"])
  func subRip(_ output: String) throws {
    let before = try MediaContents(fixture("mux_offset.mkv"))
    let first = try #require(before.video?.packets.compactMap(\.time).min())
    let (leftOut, after) = try copy("mux_offset.mkv", as: output)
    let ending = pathExtension(of: output)
    #expect(leftOut == ["stream 3 (attachment, ttf), which \(ending) cannot hold"])
    #expect(after.streams.map(\.codec) == ["h264", "aac", "mov_text"])
    let stamps = try words(before).map { line -> String in
      let parts = line.split(separator: " ", maxSplits: 1)
      let time = try #require(Double(parts[0])) - first
      return "\((time * 1e6).rounded() / 1e6) \(parts[1])"
    }
    #expect(try words(after) == stamps)
    #expect(stamps.map { $0.split(separator: " ", maxSplits: 1)[1] } == ["A hammer", "A bell"])
  }

  @Test("QuickTime's text becomes SubRip")
  func quickTime() throws {
    let (leftOut, after) = try copy("mux_full.mp4", as: "out.mkv")
    #expect(!leftOut.contains { $0.contains("subtitle") })
    #expect(try words(after) == ["0.2 A hammer", "1.1 A bell"])
    let stream = try #require(after.streams.first { $0.kind == "subtitle" })
    #expect(stream.codec == "subrip")
    #expect(stream.metadata["language"] == "ger" || stream.metadata["language"] == "deu")
  }

  @Test("subtitles with a look keep their words, transparency is kept or named")
  func look() throws {
    let look = "the look of the subtitles in stream 1, whose words are converted"
    let (losses, plain) = try copy("stream_alpha.mkv", as: "out.mp4")
    #expect(losses == ["the transparency of stream 0, which mp4 cannot hold", look])
    #expect(try words(plain) == ["0.1 A hammer"])
    let (leftOut, after) = try copy("stream_alpha.mkv", as: "out.webm")
    #expect(leftOut == [look])
    #expect(try words(after).first?.hasPrefix("0.1 A <i>hammer</i>") == true)
    #expect(after.streams.map(\.codec) == ["vp9", "opus", "webvtt"])
    #expect(after.video?.metadata["alpha_mode"] == "1")
    #expect(try copy("stream_alpha.mkv", as: "out.mkv").leftOut == [])
  }

  @Test("a time code is made anew, and not said to be lost", arguments: ["mov", "mp4", "mkv"])
  func timeCode(_ output: String) throws {
    let (leftOut, after) = try copy("stream_timecode.mov", as: "out." + output)
    #expect(leftOut == [])
    #expect(after.video?.metadata["timecode"]?.hasPrefix("01:00:00:0") == true)
    #expect(after.streams.count == (output == "mkv" ? 2 : 3))
  }
}
