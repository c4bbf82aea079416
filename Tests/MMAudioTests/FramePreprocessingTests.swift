import Foundation
import Testing

@testable import MMAudio

@Suite struct FramePreprocessingTests {
  @Test("frames are what load_video makes of a wide clip (PyAV 18, PyTorch 2.13)")
  func wideClip() throws {
    let frames = try VideoFrames(path: fixture("frames_wide.mp4"), duration: 8)
    #expect(frames.clipCount == 8)
    #expect(frames.syncCount == 25)
    #expect(frames.duration == 1)
    // Means over an 8 x 8 grid of every plane, in units of 1/256.
    let stored = try Data(contentsOf: URL(fileURLWithPath: fixture("frames_wide_means.u16")))
    let expected = stride(from: 0, to: stored.count, by: 2).map {
      Double(UInt16(stored[$0]) | UInt16(stored[$0 + 1]) << 8) / 256
    }
    let found =
      gridMeans(frames.clipFrames, size: VideoFrames.clipSize)
      + gridMeans(frames.syncFrames, size: VideoFrames.syncSize)
    #expect(found.count == expected.count)
    let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst < 0.1, "worst grid mean off by \(worst)")
  }

  @Test(
    "a duration shorter than the clip cuts both sequences, as load_video does",
    arguments: [(0.64, 0.64, 5, 16), (0.7, 0.68, 5, 17), (0.5, 0.48, 3, 12)])
  func shortDuration(_ asked: Double, _ duration: Double, _ clip: Int, _ sync: Int) throws {
    let frames = try VideoFrames(path: fixture("frames_wide.mp4"), duration: asked)
    #expect(frames.duration == duration)
    #expect(frames.clipCount == clip)
    #expect(frames.syncCount == sync)
    #expect(frames.clipFrames.count == clip * 3 * 384 * 384)
    #expect(frames.syncFrames.count == sync * 3 * 224 * 224)
  }

  @Test("a clip turned by its metadata is upright, and its middle square is kept")
  func rotatedClip() throws {
    // Shown 32 x 64: blue and red above white and green.
    let frames = try VideoFrames(path: fixture("frames_rotated.mp4"), duration: 8)
    #expect(frames.syncCount == 19)
    let corners = [(40, 40), (40, 180), (180, 40), (180, 180)]
    let colors = corners.map { y, x in
      (0..<3).map { frames.syncFrames[($0 * 224 + y) * 224 + x] > 128 }
    }
    #expect(
      colors == [
        [false, false, true], [true, false, false], [true, true, true], [false, true, false],
      ])
  }

  private func fixture(_ name: String) throws -> String {
    try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(name)").path
  }

  /// Means of an 8 x 8 grid over each plane of `[n, 3, size, size]`.
  private func gridMeans(_ planes: [UInt8], size: Int) -> [Double] {
    let block = size / 8
    var sums = Array(repeating: 0, count: planes.count / (block * block))
    for (index, value) in planes.enumerated() {
      let (row, column) = (index / size, index % size)
      sums[row / block * 8 + column / block] += Int(value)
    }
    return sums.map { Double($0) / Double(block * block) }
  }
}
