import Foundation
import Testing

/// Files with several videos.
@Suite struct VideoStreamTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    try FileManager.default.copyItem(
      at: fixture("two_videos.mkv"), to: place.scratch.file("two.mkv"))
  }

  @Test("--video-stream decides, is recorded, and is what --like takes")
  func option() throws {
    let models = ["generate", "--models", place.models.path]
    let asked = models + ["--variant", "small_16k", "--steps", "1", "--duration", "1.5", "two.mkv"]
    let one = try place.run(asked + ["-o", "one.wav"])
    #expect(one.errors.contains("; the video is 1.00 s long"))
    #expect(
      one.errors.contains(
        "'two.mkv' has several videos: taking stream 1 (h264, 1.0 s), not 0 (h264, 2.0 s); "
          + "--video-stream takes another\n"))
    let outcome = try place.run(asked + ["--video-stream", "0", "-o", "zero.mkv"])
    #expect(!outcome.errors.contains("several"))
    #expect(!outcome.errors.contains("the video is"))
    #expect(try place.run(["inspect", "zero.mkv"]).output.contains("video stream"))
    let again = try place.run(models + ["--like", "zero.mkv", "-o", "again.wav"])
    #expect(again.status == 0)
    #expect(!again.errors.contains("the video is"))
    #expect(
      try place.generate(["two.mkv", "--video-stream", "3", "-o", "three.wav"]).withoutProgress
        == .failure(
          64,
          "'two.mkv' has no video in stream 3, expected one of 0, 1; pass another --video-stream")
    )
  }

  @Test("a batch tells the choice, and makes a clip again when another video is asked for")
  func batch() throws {
    func batch(_ more: [String]) throws -> Outcome {
      try place.run(
        ["batch", "--models", place.models.path, "--variant", "small_16k", "--steps", "1"]
          + ["two.mkv", "-o", "sounds"] + more)
    }
    #expect(try batch([]).errors.contains("taking stream 1"))
    #expect(try batch([]).errors.contains("0 to make, 1 done before"))
    #expect(try batch(["--video-stream", "0"]).errors.contains("1 to make"))
    #expect(try batch(["--video-stream", "0"]).errors.contains("0 to make, 1 done before"))
  }
}
