import Testing

@testable import MMAudioMedia

@Suite struct BrowserVideoTests {
  @Test(
    "common kinds are played",
    arguments: [("mux_full.mp4", "video/mp4"), ("mux_vp9.webm", "video/webm")])
  func playable(_ name: String, _ mediaType: String) throws {
    #expect(try BrowserVideo(path: fixture(name)) == .playable(mediaType: mediaType))
  }

  @Test(
    "others are not, for a reason",
    arguments: [
      ("mux_order.avi", "it is a .avi file"), ("mux_flac.mkv", "it is a .mkv file"),
      ("frames_rotated.mp4", "its pictures are h264 with yuv444p pixels"),
    ])
  func unplayable(_ name: String, _ reason: String) throws {
    #expect(try BrowserVideo(path: fixture(name)) == .unplayable(reason: reason))
  }

  @Test("a codec that does not go with the container is named")
  func codec() throws {
    try withFolder { folder in
      let path = "\(folder)/a.mp4"
      try write(try contents(fixture("mux_order.avi")), to: path)
      #expect(try BrowserVideo(path: path) == .unplayable(reason: "its pictures are mpeg4"))
    }
  }

  @Test("a file that is not there is an error")
  func missing() {
    #expect(throws: MediaError.missing(path: "/no/such/clip.mp4")) {
      try BrowserVideo(path: "/no/such/clip.mp4")
    }
  }
}
