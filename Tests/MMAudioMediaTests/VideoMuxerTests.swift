import CFFmpeg
import Foundation
import Testing

@testable import MMAudioMedia

@Suite struct VideoMuxerTests {
  /// Silence with a burst of 4 kHz, 10 ms long, at `seconds`.
  private func burst(at seconds: Double, sampleRate: Int, length: Double) -> [Float] {
    let start = Int(seconds * Double(sampleRate))
    return (0..<Int(length * Double(sampleRate))).map { index in
      guard index >= start, index < start + sampleRate / 100 else { return 0 }
      return 0.8 * Float(sin(2 * .pi * 4000 * Double(index - start) / Double(sampleRate)))
    }
  }

  /// Muxes a fixture, and calls `body` with what was in it and what is in the result.
  private func mux(
    _ name: String, as output: String, original: VideoMuxer.OriginalAudio = .drop,
    gain: Double = 0, comment: String? = nil, _ samples: [Float],
    sampleRate: Int = 16_000,
    _ body: (MediaContents, MediaContents, VideoMuxer, String) throws -> Void
  ) throws {
    let input = try fixture(name)
    try withFolder { folder in
      let path = folder + "/" + output
      let muxer = try VideoMuxer(
        input: input, output: path, originalAudio: original, mixGain: gain)
      #expect(try names(in: folder) == [])
      try muxer.write(samples, sampleRate: sampleRate, comment: comment)
      #expect(try names(in: folder) == [output])
      try body(MediaContents(input), MediaContents(path), muxer, path)
    }
  }

  private func expectSamePictures(_ before: MediaContents, _ after: MediaContents) throws {
    let (before, after) = (try #require(before.video), try #require(after.video))
    #expect(before.packets.count == after.packets.count)
    #expect(before.packets.map(\.bytes) == after.packets.map(\.bytes))
    #expect(before.packets.map(\.isKey) == after.packets.map(\.isKey))
    try expectSameTimes(before, after, "pictures")
    #expect(before.codec == after.codec)
    #expect(before.tag == after.tag)
    #expect(before.extradata == after.extradata)
    #expect(before.aspect == after.aspect)
    #expect(before.colours == after.colours)
    #expect(before.matrix == after.matrix)
  }

  @Test("packets, rotation, colours, chapters, subtitles and metadata survive in mp4 and mov")
  func full() throws {
    let sound = burst(at: 0.5, sampleRate: 44_100, length: 2)
    for output in ["out.mp4", "out.mov", "out.m4v", "a: b'$c.mp4"] {
      try mux(
        "mux_full.mp4", as: output, comment: "by hand", sound,
        sampleRate: 44_100
      ) { before, after, muxer, path in
        try expectSamePictures(before, after)
        #expect(muxer.leftOut == [])
        #expect(after.chapters == ["Hammer 0.0-1.0", "Bell 1.0-2.0"])
        #expect(before.video?.matrix.count == 9)
        #expect(before.video?.colours == [1, 1, 1, 1])
        #expect(before.video?.aspect == [4, 3])
        #expect(before.video?.frameRate == after.video?.frameRate)
        let words = try #require(after.streams.first { $0.kind == "subtitle" })
        let original = try #require(before.streams.first { $0.kind == "subtitle" })
        #expect(words.packets == original.packets)
        // libavformat knows only the Macintosh's languages in mov.
        if !path.hasSuffix("mov") { #expect(words.metadata["language"] == "deu") }
        #expect(after.metadata["title"] == "Two strikes")
        #expect(after.metadata["comment"] == "by hand")
        #expect(after.sounds.map(\.codec) == ["aac"])
        #expect(after.sounds.map(\.sampleRate) == [44_100])
        #expect(after.sounds.map(\.channels) == [1])
        #expect(abs(after.duration - before.duration) < 0.001)
        #expect(abs(after.sounds[0].duration - 2) < 0.001)
        let bytes = try contents(path)
        let index = try #require(bytes.firstRange(of: Array("moov".utf8)))
        let data = try #require(bytes.firstRange(of: Array("mdat".utf8)))
        #expect(index.lowerBound < data.lowerBound)
      }
    }
  }

  @Test("any key of the metadata is read back", arguments: ["out.mp4", "out.mov", "out.mkv"])
  func metadata(_ output: String) throws {
    // AVI's "software" has no place of its own in mp4.
    try mux("mux_order.avi", as: output, comment: "so", []) { before, _, _, path in
      let found = try MediaMetadata(path: path).entries
      #expect(found["software"] == before.metadata["software"])
      #expect(found["comment"] == "so")
    }
  }

  @Test("sound is heard when it should be, by the file's clock", arguments: [16_000, 44_100])
  func synchrony(_ sampleRate: Int) throws {
    for (input, output) in [
      ("mux_full.mp4", "out.mp4"), ("mux_full.mp4", "out.mkv"), ("mux_offset.mkv", "out.mkv"),
      ("mux_offset.mkv", "out.mp4"), ("mux_offset.mp4", "out.mp4"), ("mux_offset.mp4", "out.mov"),
      ("mux_vp9.webm", "out.webm"), ("mux_vp9.webm", "out.mp4"),
    ] {
      let sound = burst(at: 0.25, sampleRate: sampleRate, length: 2)
      try mux(input, as: output, sound, sampleRate: sampleRate) { before, after, _, path in
        try expectSameTimes(before, after, "\(input) \(output)")
        // At 48 kHz, from the first picture on.
        var original = try OriginalSound(path: path, form: .mono(48_000), start: 0)
        let heard = original.next(48_000).channel(0)
        let power = heard.map { $0 * $0 }
        let total = power.reduce(0, +)
        let centre =
          zip(power, 0...).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / Double(total)
        // The middle of the burst, to a millisecond.
        #expect(abs(centre / 48_000 - 0.255) < 0.001, "\(input) \(output): \(centre / 48_000)")
        #expect(total > 0.8 * 0.8 / 2 * 480 * 0.7, "\(input) \(output)")
      }
    }
  }

  /// The same pictures, the first of them shown at 0.
  private func expectSameTimes(
    _ before: MediaContents, _ after: MediaContents, _ name: String
  ) throws {
    let (old, new) = (try #require(before.video), try #require(after.video))
    #expect(old.packets.map(\.bytes) == new.packets.map(\.bytes), "\(name)")
    try expectSameTimes(old, new, name)
  }

  private func expectSameTimes(
    _ old: MediaContents.Stream, _ new: MediaContents.Stream, _ name: String
  ) throws {
    let origin = try #require(old.packets.compactMap(\.time).min())
    for (one, other) in zip(old.packets, new.packets) {
      let (one, other) = (try #require(one.time), try #require(other.time))
      #expect(abs(one - origin - other) < 0.0006, "\(name): \(one) became \(other)")
    }
  }

  @Test("pictures at uneven times, an attachment and subtitles survive in mkv")
  func uneven() throws {
    try mux("mux_offset.mkv", as: "out.mkv", [Float](repeating: 0.1, count: 8000)) {
      before, after, muxer, _ in
      try expectSamePictures(before, after)
      #expect(muxer.leftOut == [])
      #expect(after.streams.map(\.kind).sorted() == ["attachment", "audio", "subtitle", "video"])
      for kind in ["attachment", "subtitle"] {
        let old = try #require(before.streams.first { $0.kind == kind })
        let new = try #require(after.streams.first { $0.kind == kind })
        #expect(old.packets.map(\.bytes) == new.packets.map(\.bytes))
        #expect(old.extradata == new.extradata)
        #expect(old.codec == new.codec)
      }
      #expect(abs(after.duration - (try VideoSpan(path: fixture("mux_offset.mkv")).seconds)) < 0.04)
    }
  }

  @Test("packets of AVI, which states no times, get them", arguments: ["out.mkv", "out.mp4"])
  func timeless(output: String) throws {
    try mux("mux_order.avi", as: output, [Float](repeating: 0.1, count: 8000)) {
      before, after, _, _ in
      let (old, new) = (try #require(before.video), try #require(after.video))
      #expect(old.packets.map(\.bytes) == new.packets.map(\.bytes))
      #expect(zip(old.packets, new.packets).allSatisfy { $0.isKey == $1.isKey })
      #expect(new.packets.allSatisfy { $0.time != nil })
      #expect(abs(after.duration - before.duration) < 0.13)
    }
  }

  @Test("what mp4 cannot hold is left out and named")
  func leftOut() throws {
    try mux("mux_offset.mkv", as: "out.mp4", []) { before, after, muxer, _ in
      #expect(muxer.leftOut == ["stream 3 (attachment, ttf), which mp4 cannot hold"])
      #expect(after.streams.map(\.kind) == ["video", "audio", "subtitle"])
      #expect(before.video?.packets.map(\.bytes) == after.video?.packets.map(\.bytes))
    }
  }

  @Test("a cover picture is kept, or its loss is named", arguments: ["mp4", "mkv", "mov"])
  func cover(_ ending: String) throws {
    try mux("mux_cover.mp4", as: "out." + ending, []) { before, after, muxer, _ in
      #expect(before.video?.packets.map(\.bytes) == after.video?.packets.map(\.bytes))
      let cover = try #require(before.streams.last)
      if ending == "mov" {
        #expect(muxer.leftOut == ["stream 1 (video, png), which mov cannot hold"])
        #expect(after.streams.count == 2)
      } else {
        #expect(muxer.leftOut == [])
        #expect(after.streams.last?.packets.map(\.bytes) == cover.packets.map(\.bytes))
        #expect(after.streams.last?.disposition == AV_DISPOSITION_ATTACHED_PIC)
      }
    }
  }

  @Test("webm gets Opus at 48 kHz")
  func opus() throws {
    try mux("mux_vp9.webm", as: "out.webm", [Float](repeating: 0.1, count: 16_000)) {
      before, after, _, _ in
      try expectSamePictures(before, after)
      #expect(after.sounds.map(\.codec) == ["opus"])
      #expect(after.sounds.map(\.sampleRate) == [48_000])
      #expect(abs(after.duration - before.duration) < 0.02)
    }
  }

  @Test("kept sound follows the new one, untouched", arguments: ["out.mp4", "out.mkv"])
  func keep(_ output: String) throws {
    try mux("mux_full.mp4", as: output, original: .keep, []) { before, after, muxer, _ in
      try expectSameTimes(before, after, output)
      let losesRotation = after.video?.matrix == []
      #expect(
        muxer.leftOut
          == (losesRotation ? ["the rotation of stream 0, which mkv cannot hold"] : []))
      #expect(after.sounds.map(\.channels) == [1, 2])
      #expect(after.sounds[1].packets.map(\.bytes) == before.sounds[0].packets.map(\.bytes))
      #expect(after.sounds[0].disposition & AV_DISPOSITION_DEFAULT != 0)
      #expect(after.sounds[1].disposition & AV_DISPOSITION_DEFAULT == 0)
    }
  }

  @Test("mixed sound is the sum, louder by the gain", arguments: [0.0, -20.0])
  func mix(_ gain: Double) throws {
    try mux("mux_full.mp4", as: "out.mp4", original: .mix, gain: gain, []) {
      _, after, _, path in
      #expect(after.sounds.count == 1)
      var sound = try OriginalSound(path: path, form: .mono(16_000), start: 0)
      let middle = sound.next(24_000).channel(0).dropFirst(8000)
      let rms = (middle.reduce(0) { $0 + Double($1 * $1) } / Double(middle.count)).squareRoot()
      let expected = 0.25 / 2.0.squareRoot() * pow(10, gain / 20)
      #expect(abs(rms / expected - 1) < 0.05, "\(rms), expected \(expected)")
    }
  }

  @Test("mixing clips, and a video without sound mixes with nothing")
  func mixEdges() throws {
    let ones = [Float](repeating: 1, count: 32_000)
    var track = SoundTrack(
      ones, form: .mono(16_000), seconds: 2,
      original: try OriginalSound(path: fixture("mux_full.mp4"), form: .mono(16_000), start: 0),
      gain: 6)
    let block = track.next(16_000).channel(0)
    #expect(block.allSatisfy { abs($0) <= 1 })
    #expect(block.contains { $0 < 0.7 })
    #expect(track.clippedSamples > 0)
    #expect(track.clippedSamples <= block.count { $0 == 1 })
    let input = try fixture("mux_full.mp4")
    try withFolder { folder in
      // At the end of the pictures the other 100 are cut off.
      let loud = [Float](repeating: 2, count: 32_100)
      let muxer = try VideoMuxer(input: input, output: folder + "/a", format: "mkv")
      #expect(try muxer.write(loud, sampleRate: 16_000) == 32_000)
      #expect(try muxer.write(ones, sampleRate: 16_000) == 0)
      let mixer = try VideoMuxer(
        input: input, output: folder + "/b.mp4", originalAudio: .mix, mixGain: 6)
      let clipped = try mixer.write(ones, sampleRate: 16_000)
      // Two channels at 44.1 kHz.
      #expect((1..<176_400).contains(clipped))
    }
    try mux("frames_vfr.mp4", as: "out.mp4", original: .mix, []) { before, after, _, _ in
      #expect(after.sounds.count == 1)
      #expect(before.video?.packets == after.video?.packets)
    }
  }

  @Test("a long sound ends with the pictures, a short one fades into silence")
  func fitting() throws {
    var short = SoundTrack(
      [Float](repeating: 0.5, count: 1000), form: .mono(16_000), seconds: 0.1, original: nil,
      gain: 0
    )
    let block = short.next(4000).channel(0)
    #expect(block.count == 1600)
    #expect(block[..<920].allSatisfy { $0 == 0.5 })
    #expect(zip(block[920..<999], block[921..<1000]).allSatisfy { $0 > $1 })
    #expect(block[999...].allSatisfy { $0 == 0 })
    #expect(short.next(100) == [])
    var long = SoundTrack(
      [Float](repeating: 0.5, count: 5000), form: .mono(16_000), seconds: 0.1, original: nil,
      gain: 0
    )
    #expect(long.next(4000).channel(0) == [Float](repeating: 0.5, count: 1600))
    for count in [0, 1000, 32_000, 50_000] {
      try mux("mux_full.mp4", as: "out.mp4", [Float](repeating: 0.1, count: count)) {
        before, after, _, _ in
        #expect(abs(after.duration - before.duration) < 0.001)
        #expect(abs(after.sounds[0].duration - 2) < 0.001)
      }
    }
  }

  @Test("names of videos are told from names of sounds")
  func handles() {
    for name in ["a.mp4", "b.M4V", "c.mov", "/d.x/e.mkv", "f.webm"] {
      #expect(VideoMuxer.handles(name))
    }
    for name in ["a.wav", "mp4", "b.mp4/c", "", "d.avi"] { #expect(!VideoMuxer.handles(name)) }
  }
}
