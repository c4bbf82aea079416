import Foundation
import MMAudioMedia
import MMAudioTestSupport
import Testing

/// Inputs that are no video to make sound for.
@Suite struct VideoTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  /// Expects one line, and nothing beside `inputs` in the folder.
  private func expectRefusal(_ video: String, _ status: Int32, _ line: String) throws {
    let before = try place.names
    #expect(try place.generate([video]).withoutProgress == .failure(status, line))
    #expect(try place.names == before)
  }

  @Test(
    "what is not there",
    arguments: [
      ("missing.mp4", "'missing.mp4' does not exist, expected a video file; check the path"),
      ("", "'' does not exist, expected a video file; check the path"),
      ("/", "'/' is a folder, expected a video file; name a file inside it"),
      (
        "http://example.com/a.mp4",
        "'http://example.com/a.mp4' is an address, expected a video file on this machine; download it "
          + "first"
      ),
    ])
  func missing(video: String, line: String) throws { try expectRefusal(video, 66, line) }

  @Test("a file that may not be read", .enabled(if: geteuid() != 0))
  func unreadable() throws {
    _ = try place.scratch.write(greyVideo(frames: 50), to: "secret.y4m")
    chmod(place.scratch.file("secret.y4m").path, 0)
    try expectRefusal(
      "secret.y4m", 66,
      "'secret.y4m' cannot be read (Permission denied), expected a video file; check its permissions"
    )
  }

  @Test("text, nothing at all, sound alone")
  func otherFiles() throws {
    let words = Array(String(repeating: "Waves, seagulls.\n", count: 200).utf8)
    _ = try place.scratch.write(words, to: "text.mp4")
    try expectRefusal(
      "text.mp4", 65,
      "'text.mp4' is not a video that FFmpeg reads (Invalid data found when processing input); if a "
        + "player shows it, convert it to mp4, else copy or download it again")
    _ = try place.scratch.write(words, to: "text.txt")
    try expectRefusal(
      "text.txt", 65,
      "'text.txt' is not a video that FFmpeg reads (it is text); if a player shows it, convert it to "
        + "mp4, else copy or download it again")
    _ = try place.scratch.write([], to: "empty.mp4")
    try expectRefusal(
      "empty.mp4", 65, "'empty.mp4' is empty, expected a video file; copy or download it again")
    #expect(try place.generate(["--prompt", "rain", "-o", "rain.flac", "-q"]).status == 0)
    try expectRefusal(
      "rain.flac", 65,
      "'rain.flac' has no video stream, expected a video file; use a file with moving pictures, or "
        + "leave it out and give a prompt")
  }

  @Test("a pipe without anything in it")
  func emptyPipe() throws {
    try expectRefusal("-", 65, "'-' is empty, expected a video file; copy or download it again")
  }

  @Test("pictures that are too large")
  func tooLarge() throws {
    let header = "YUV4MPEG2 W40000 H2 F25:1 Ip A1:1 C420jpeg\nFRAME\n"
    _ = try place.scratch.write(
      Array(header.utf8) + Array(repeating: 0, count: 200_000), to: "a.y4m")
    try expectRefusal(
      "a.y4m", 65,
      "'a.y4m' has pictures of 40000 x 2, expected at most \(VideoReader.maximumPixels) pixels and "
        + "\(VideoReader.maximumSide) on a side; scale it down")
  }

  @Test("no frames")
  func noFrames() throws {
    _ = try place.scratch.write(greyVideo(frames: 0), to: "none.y4m")
    try expectRefusal(
      "none.y4m", 65,
      "'none.y4m' has no frame in the time asked for, expected at least one; check that a player "
        + "shows its pictures")
  }
}
