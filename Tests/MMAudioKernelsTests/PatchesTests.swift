import Testing

@testable import MMAudioKernels

@Suite struct PatchesTests {
  @Test("patch rows are ordered channel, frame, row, column and leave the margin unseen")
  func order() {
    let (size, patch, depth) = (7, 3, 2)
    let frames = (0..<4 * 3 * size * size).map { UInt8(truncatingIfNeeded: $0 * 31) }
    let (mean, deviation): ([Float], [Float]) = ([0.1, 0.2, 0.3], [0.5, 0.25, 2])
    let result = patches(
      of: frames, size: size, images: [2, 3], patch: patch, depth: depth, mean: mean,
      deviation: deviation)
    #expect(result.shape == [1, 4, 54])
    var expected: [Float] = []
    for place in 0..<4 {
      for channel in 0..<3 {
        for frame in 0..<depth {
          for y in 0..<patch {
            for x in 0..<patch {
              let row = place / 2 * patch + y
              let column = place % 2 * patch + x
              let index = (((2 + frame) * 3 + channel) * size + row) * size + column
              expected.append((Float(frames[index]) / 255 - mean[channel]) / deviation[channel])
            }
          }
        }
      }
    }
    #expect(result.values == expected)
  }
}
