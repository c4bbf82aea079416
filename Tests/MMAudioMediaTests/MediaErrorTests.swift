import Foundation
import Testing

@testable import MMAudioMedia

@Suite struct MediaErrorTests {
  @Test("a missing file says so in one line")
  func missing() throws {
    let error = #expect(throws: MediaError.missing(path: "/no/such/clip.mp4")) {
      try VideoReader(path: "/no/such/clip.mp4")
    }
    #expect(
      error.map { "\($0)" }
        == "'/no/such/clip.mp4' does not exist, expected a video file; check the path")
  }

  @Test("a folder, an empty file and text are told apart")
  func notVideos() throws {
    try withFolder { folder in
      #expect(throws: MediaError.folder(path: folder)) { try VideoReader(path: folder) }
      let empty = folder + "/empty.mp4"
      try write([], to: empty)
      #expect(throws: MediaError.empty(path: empty)) { try VideoReader(path: empty) }
      let words = Array(String(repeating: "Waves, seagulls. ", count: 500).utf8)
      for name in ["text.mp4", "text.txt", "text", "a:b.mov"] {
        let path = folder + "/" + name
        try write(words, to: path)
        let error = #expect(throws: MediaError.self) { try VideoReader(path: path) }
        guard case .notMedia(path, _)? = error else {
          Issue.record("\(name): \(String(describing: error))")
          continue
        }
      }
    }
  }

  @Test(
    "a clip without its whole index is not media",
    arguments: [
      (600, "Invalid data found when processing input"), (1200, "its index is cut off or empty"),
    ])
  func truncated(_ length: Int, _ reason: String) throws {
    try withFolder { folder in
      let path = folder + "/truncated.mp4"
      try write(Array(contents(fixture("frames_vfr.mp4")).prefix(length)), to: path)
      #expect(throws: MediaError.notMedia(path: path, reason: reason)) {
        try VideoReader(path: path)
      }
    }
  }

  @Test("sound alone has no video stream, with or without cover art")
  func soundAlone() throws {
    try withFolder { folder in
      let path = folder + "/sound.wav"
      try AudioWriter(path: path, sampleRate: 16_000).write(Array(repeating: 0.1, count: 4000))
      #expect(throws: MediaError.noVideo(path: path)) { try VideoReader(path: path) }
    }
    let cover = try fixture("clip_cover.mp3")
    #expect(throws: MediaError.noVideo(path: cover)) { try VideoReader(path: cover) }
  }

  @Test("a clip of which nothing decodes says so")
  func undecodable() throws {
    try withFolder { folder in
      let path = folder + "/zeros.mp4"
      var bytes = try contents(fixture("frames_vfr.mp4"))
      let start = try #require(bytes.firstRange(of: Array("mdat".utf8))).upperBound
      let end = try #require(bytes.firstRange(of: Array("moov".utf8))).lowerBound - 4
      for index in start..<end { bytes[index] = 0xff }
      try write(bytes, to: path)
      let reader = try VideoReader(path: path)
      let error = #expect(throws: MediaError.self) {
        try reader.readFrames(rates: [8], until: 8) { _, _ in }
      }
      guard case .undecodable(path, "h264", _)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("a clip whose frames all come later has none")
  func noFrames() throws {
    let path = try fixture("frames_vfr.mp4")
    #expect(throws: MediaError.noFrames(path: path)) {
      try VideoReader(path: path).readFrames(rates: [8], until: -1) { _, _ in }
    }
  }

  @Test(
    "absurd dimensions in a header are refused before a picture is decoded",
    arguments: [(40_000, 2), (2, 40_000), (14_000, 14_000)])
  func absurdSize(_ width: Int, _ height: Int) throws {
    try withFolder { folder in
      let path = folder + "/huge.y4m"
      let header = "YUV4MPEG2 W\(width) H\(height) F25:1 Ip A1:1 C420jpeg\nFRAME\n"
      try write(Array(header.utf8) + Array(repeating: 0, count: 200_000), to: path)
      #expect(throws: MediaError.tooLarge(path: path, width: width, height: height)) {
        try VideoReader(path: path)
      }
    }
  }

  @Test("each error that is hard to cause is one line that says what to do")
  func texts() {
    let texts: [(MediaError, String)] = [
      (
        .unreadable(path: "a.mp4", reason: "no"),
        "'a.mp4' cannot be read (no), expected a video file; check its permissions"
      ),
      (
        .noDecoder(path: "a.mp4", codec: "vvc", reason: "no"),
        "'a.mp4' is vvc video, which this FFmpeg cannot decode (no); convert it to H.264"
      ),
      (
        .undecodable(path: "a.mp4", codec: "h264", reason: "no"),
        "'a.mp4' is damaged: no frame of its h264 video could be decoded (no); copy or download it "
          + "again"
      ),
      (
        .unconvertible(path: "a.mp4", pixelFormat: "xyz12le"),
        "'a.mp4' has pictures in the format xyz12le, which FFmpeg cannot convert to RGB; convert it to "
          + "yuv420p"
      ),
    ]
    for (error, text) in texts { #expect("\(error)" == text) }
  }

  @Test("a file that may not be read says why", .enabled(if: geteuid() != 0))
  func permission() throws {
    try withFolder { folder in
      let path = folder + "/secret.mp4"
      try write([1], to: path)
      chmod(path, 0)
      #expect(throws: MediaError.unreadable(path: path, reason: "Permission denied")) {
        try VideoReader(path: path)
      }
    }
  }
}
