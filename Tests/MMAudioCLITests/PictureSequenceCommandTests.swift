import Foundation
import Testing

/// Sounds for pictures that a renderer wrote.
@Suite struct PictureSequenceCommandTests {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    // A Windows bitmap of 16 by 16 grey pixels.
    let header: [UInt8] =
      [0x42, 0x4D, 0x36, 3, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0]
      + [1, 0, 24, 0] + [UInt8](repeating: 0, count: 24)
    let still = Data(header) + Data(repeating: 128, count: 16 * 16 * 3)
    try FileManager.default.createDirectory(
      at: place.scratch.file("shot"), withIntermediateDirectories: true)
    for number in 1...30 {
      try still.write(to: place.scratch.file("shot/f_\(1000 + number).bmp"))
    }
  }

  @Test("a folder and a pattern need --fps, and are named after the folder")
  func generate() throws {
    #expect(
      try place.generate(["shot"]).withoutProgress
        == .failure(
          64,
          "'shot' is a sequence of 30 pictures, expected to be told how many are shown a second; pass it, "
            + "such as --fps 24"))
    #expect(try place.generate(["shot", "--fps", "0"]).status == 64)
    for (video, output) in [("shot", "a.wav"), ("shot/f_%d.bmp", "shot.wav")] {
      let name = output == "shot.wav" ? [] : ["-o", output]
      #expect(
        try place.generate([video, "--fps", "24", "-q"] + name)
          == Outcome(status: 0, output: output + "\n"))
    }
    let sounds = try ["a.wav", "shot.wav"].map { try soundData(place.scratch.file($0)) }
    #expect(sounds[0] == sounds[1])
    #expect(try place.run(["inspect", "a.wav"]).output.contains("24.0\n"))
  }

  @Test("a batch plans a folder of pictures as one clip")
  func batch() throws {
    for names in [["shot"], ["shot/"], ["shot", "shot/"]] {
      let plan = try place.run(["batch"] + names + ["--dry-run", "--fps", "24"])
      #expect(plan == Outcome(status: 0, output: "shot.wav\n"))
    }
  }
}
