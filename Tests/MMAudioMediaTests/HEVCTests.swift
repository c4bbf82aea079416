import CFFmpeg
import Foundation
import Testing

@testable import MMAudioMedia

/// HEVC in mp4 and mov, which Apple's players take as hvc1 alone.
@Suite struct HEVCTests {
  private func tag(of input: String, as output: String) throws -> String {
    var tag = ""
    try withFolder { folder in
      let path = "\(folder)/out.\(output)"
      try VideoMuxer(input: input, output: path).write([0], sampleRate: 16_000)
      let video = try #require(try MediaContents(path).video)
      #expect(video.packets.count == 5)
      tag = String(decoding: (0..<4).map { UInt8(video.tag >> (8 * $0) & 255) }, as: UTF8.self)
    }
    return tag
  }

  @Test("hvc1 where the parameter sets are in the header", arguments: ["mp4", "mov"])
  func header(_ output: String) throws {
    for input in ["hevc.mkv", "hevc.ts", "hevc_hev1.mp4"] {
      #expect(try tag(of: fixture(input), as: output) == "hvc1", "\(input)")
    }
  }

  @Test("hev1 where they are not")
  func pictures() throws {
    try withFolder { folder in
      var bytes = try contents(fixture("hevc_hev1.mp4"))
      let box = try #require(bytes.firstRange(of: Array("hvcC".utf8))).upperBound
      // The number of arrays of parameter sets.
      bytes[box + 22] = 0
      try write(bytes, to: folder + "/without.mp4")
      #expect(try tag(of: folder + "/without.mp4", as: "mp4") == "hev1")
    }
  }

  @Test("other containers have no such name")
  func matroska() throws {
    try withFolder { folder in
      let path = folder + "/out.mkv"
      try VideoMuxer(input: fixture("hevc_hev1.mp4"), output: path).write([0], sampleRate: 16_000)
      #expect(try MediaContents(path).video?.tag == 0)
    }
  }
}
