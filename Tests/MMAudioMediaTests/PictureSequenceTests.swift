import Foundation
import Testing

@testable import MMAudioMedia

/// Videos that are files of pictures.
@Suite struct PictureSequenceTests {
  /// Writes JPEG files of one size under some names.
  private func write(_ names: [String], in folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var frame = RGBFrame()
    frame.resize(width: 32, height: 32)
    let picture = try PictureEncoder.jpeg(frame, width: 32, height: 32)
    for name in names { try MMAudioMediaTests.write(picture, to: "\(folder)/\(name)") }
  }

  private func numbered(_ range: ClosedRange<Int>) -> [String] {
    range.map { "f 1%_\(String($0 + 10_000).dropFirst()).jpg" }
  }

  @Test("a folder and a pattern, whatever the names and the first number")
  func forms() throws {
    try withFolder { folder in
      try write(numbered(8...19), in: folder + "/a: 100%")
      try write((7...12).map { "\($0).jpg" }, in: folder + "/b")
      try write(["notes.txt"], in: folder + "/b")
      for (path, count) in [("a: 100%", 12), ("a: 100%/", 12), ("b", 6), ("b/%d.jpg", 6)] {
        let path = folder + "/" + path
        #expect(try PictureSequence.find(at: path)?.files.count == count)
        let options = VideoOptions(frameRate: 24)
        let reader = try VideoReader(path: path, options: options)
        #expect(!reader.isStillImage)
        var frames = 0
        try reader.readFrames(rates: [24], until: 10) { _, takes in frames += takes[0] }
        // Sums of 1 / 24 may pass the last picture.
        #expect((count - 1...count).contains(frames))
        let seconds = try VideoSpan(path: path, options: options).seconds
        #expect(abs(seconds - Double(count) / 24) < 0.001)
      }
      #expect(try PictureSequence.find(at: folder + "/b/%03d.jpg") == nil)
      #expect(try PictureSequence.find(at: folder + "/b/7.jpg") == nil)
      #expect(try PictureSequence.find(at: folder) == nil)
    }
  }

  @Test("what is missing is said")
  func mistakes() throws {
    try withFolder { folder in
      let path = folder + "/a"
      try write(numbered(1...3), in: path)
      #expect(throws: MediaError.noFrameRate(path: path, pictures: 3)) {
        try VideoReader(path: path)
      }
      try FileManager.default.removeItem(atPath: path + "/" + numbered(2...2)[0])
      #expect(throws: MediaError.pictureMissing(path: path, name: numbered(2...2)[0])) {
        try VideoReader(path: path, options: VideoOptions(frameRate: 24))
      }
      try write(["cover.jpg"], in: path)
      #expect(throws: MediaError.notNumbered(path: path, name: "cover.jpg")) {
        try PictureSequence.find(at: path)
      }
    }
    let texts: [(MediaError, String)] = [
      (
        .noFrameRate(path: "a", pictures: 3),
        "'a' is a sequence of 3 pictures, expected to be told how many are shown a second; pass it, such as "
          + "--fps 24"
      ),
      (
        .notNumbered(path: "a", name: "b.png"),
        "'a' has the picture 'b.png', expected names that differ in a number alone, such as "
          + "frame_0001.png; put other pictures elsewhere, or name the sequence, as in 'a/frame_%04d.png'"
      ),
      (
        .pictureMissing(path: "a", name: "2.png"),
        "'a' lacks the picture '2.png', expected numbers without a gap; add it, or number the pictures anew"
      ),
    ]
    for (error, text) in texts { #expect("\(error)" == text) }
  }

  @Test("a copy has the pictures as they are", arguments: ["mov", "mkv", "mp4"])
  func muxing(_ ending: String) throws {
    try withFolder { folder in
      try write(numbered(1...12), in: folder + "/a")
      let output = "\(folder)/out.\(ending)"
      try VideoMuxer(
        input: folder + "/a", options: VideoOptions(frameRate: 24), output: output
      ).write([Float](repeating: 0.1, count: 8000), sampleRate: 16_000)
      let contents = try MediaContents(output)
      #expect(contents.streams.map(\.codec) == ["mjpeg", "aac"])
      #expect(contents.video?.packets.count == 12)
      #expect(abs(contents.duration - 0.5) < 0.05)
    }
  }

  @Test("PNG in mp4, which players do not show, is refused")
  func unplayable() throws {
    try withFolder { folder in
      let picture = try contents(fixture("moving.png"))
      for index in 1...2 { try MMAudioMediaTests.write(picture, to: "\(folder)/\(index).png") }
      let options = VideoOptions(frameRate: 24)
      let path = folder + "/out.mp4"
      let error = #expect(throws: MuxError.self) {
        try VideoMuxer(input: folder, options: options, output: path)
      }
      #expect(error == .videoCodec(path: path, codec: "png"))
      _ = try VideoMuxer(input: folder, options: options, output: folder + "/out.mov")
    }
  }
}
