import CFFmpeg
import Foundation
import Testing

@testable import MMAudioMedia

/// Which stream of a file is read, and muxed.
@Suite struct StreamPickerTests {
  /// Seconds of the video that is read with some options.
  private func length(_ name: String, stream: Int? = nil) throws -> Double {
    let path = try fixture(name)
    let options = VideoOptions(stream: stream)
    let span = try VideoSpan(path: path, options: options)
    var count = 0
    try VideoReader(path: path, options: options)
      .readFrames(rates: [10], until: 10) { _, takes in count += takes[0] }
    #expect(abs(span.seconds - Double(count) / 10) < 0.101)
    return span.seconds
  }

  @Test("the default, then the longest, and no cover")
  func order() throws {
    #expect(try abs(length("stream_default.mkv") - 1) < 0.01)
    #expect(try abs(length("stream_longest.mp4") - 2) < 0.01)
    #expect(try abs(length("stream_cover.mp4") - 1) < 0.01)
    #expect(try abs(length("stream_cover.mkv") - 1) < 0.01)
  }

  @Test("a stream that is asked for, by its index in the file")
  func wanted() throws {
    #expect(try abs(length("stream_default.mkv", stream: 0) - 2) < 0.01)
    #expect(try abs(length("stream_longest.mp4", stream: 0) - 0.8) < 0.01)
    for wanted in [-1, 1, 7] {
      let path = try fixture("mux_full.mp4")
      let error = MediaError.noStream(path: path, wanted: wanted, found: [0])
      #expect(throws: error) { try VideoReader(path: path, options: VideoOptions(stream: wanted)) }
      #expect(
        "\(error)"
          == "'\(path)' has no video in stream \(wanted), expected one of 0; pass another --video-stream"
      )
    }
  }

  @Test("a choice between videos is told, a cover is none")
  func note() throws {
    let path = try fixture("stream_default.mkv")
    #expect(
      try VideoReader(path: path).choice
        == "'\(path)' has several videos: taking stream 1 (h264, 1.0 s), not 0 (h264, 2.0 s); "
        + "--video-stream takes another")
    #expect(try VideoReader(path: path, options: VideoOptions(stream: 0)).choice == nil)
    for name in ["stream_cover.mp4", "stream_cover.mkv", "mux_cover.mp4", "mux_full.mp4"] {
      #expect(try VideoReader(path: fixture(name)).choice == nil)
    }
  }

  @Test("the stream that was read is the one that gets the sound", arguments: [nil, 0, 1])
  func muxing(_ stream: Int?) throws {
    let input = try fixture("stream_default.mkv")
    try withFolder { folder in
      let output = folder + "/out.mp4"
      let options = VideoOptions(stream: stream)
      try VideoMuxer(input: input, options: options, output: output)
        .write([Float](repeating: 0.1, count: 32_000), sampleRate: 16_000)
      let (before, after) = (try MediaContents(input), try MediaContents(output))
      let taken = stream ?? 1
      #expect(after.streams[0].packets.map(\.bytes) == before.streams[taken].packets.map(\.bytes))
      #expect(after.streams.map(\.kind) == ["video", "audio", "video"])
      #expect(abs(after.sounds[0].duration - (taken == 0 ? 2 : 1)) < 0.001)
      // Players show it too.
      #expect(after.streams.map { $0.disposition & AV_DISPOSITION_DEFAULT } == [1, 1, 0])
    }
  }

  @Test("a picture without time is one frame of an image format, whatever the container")
  func stills() throws {
    for (name, isStill) in [
      ("still.avif", true), ("still.gif", true), ("moving.avif", false), ("moving.gif", false),
      ("moving.png", false), ("one_frame.mp4", false), ("mux_full.mp4", false),
    ] {
      #expect(try VideoReader(path: fixture(name)).isStillImage == isStill, "\(name)")
    }
  }

  @Test("a still with a percent sign in its name is a file")
  func percent() throws {
    try withFolder { folder in
      for name in ["a%03d.gif", "b*[?].gif", "c{1}.gif"] {
        let path = folder + "/" + name
        try write(contents(fixture("still.gif")), to: path)
        #expect(try VideoReader(path: path).isStillImage)
      }
      // FFmpeg knows some formats by their names alone.
      var frame = RGBFrame()
      frame.resize(width: 4, height: 4)
      let path = folder + "/a%03d.jpg"
      try write(PictureEncoder.jpeg(frame, width: 4, height: 4), to: path)
      #expect(try VideoReader(path: path).isStillImage)
    }
  }

  @Test("an animation in WebP is named for what it is where FFmpeg cannot read it")
  func animation() throws {
    let path = try fixture("moving.webp")
    do {
      let reader = try VideoReader(path: path)
      try reader.readFrames(rates: [10], until: 1) { _, _ in }
      #expect(!reader.isStillImage)
    } catch let error as MediaError {
      #expect(error == .animatedWebP(path: path))
      #expect(
        "\(error)" == "'\(path)' is an animated WebP, which this FFmpeg cannot decode; "
          + "convert it to mp4 or GIF, or use an FFmpeg that reads it")
    }
  }
}
