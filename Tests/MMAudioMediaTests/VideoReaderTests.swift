import Testing

@testable import MMAudioMedia

@Suite struct VideoReaderTests {
  @Test("an irregular clip gives the frames that the reference's read_frames gives")
  func variableFrameRate() throws {
    // Frame n is grey of luma 20 + 8 n. Expected by the reference's loop over PyAV 18.
    var taken: [[Int]] = [[], []]
    let reader = try VideoReader(path: fixture("frames_vfr.mp4"))
    try reader.readFrames(rates: [8, 25], until: 8) { frame, takes in
      let index = ((Double(frame.bytes[0]) * 219 / 255 - 4) / 8).rounded()
      for rate in 0..<2 { taken[rate] += Array(repeating: Int(index), count: takes[rate]) }
    }
    #expect(taken[0] == [0, 2, 5, 8, 10, 10, 10, 10, 12, 14, 17, 20, 22])
    #expect(
      taken[1] == [
        0, 1, 2, 2, 4, 4, 5, 6, 7, 7, 8, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 11, 11,
        13, 13, 14, 14, 16, 17, 17, 18, 19, 19, 20, 22, 22, 23, 23,
      ])
  }

  @Test("reading stops at the end that was asked for, the frame shown there included")
  func stopsAtEnd() throws {
    #expect(try counts("frames_vfr.mp4", until: 0.2) == [2, 6])
    #expect(try counts("frames_vfr.mp4", until: 0.199) == [2, 4])
    #expect(try counts("frames_vfr.mp4", until: 0) == [1, 1])
  }

  @Test("each frame is handed out once however often it is taken")
  func onePassPerFrame() throws {
    var calls = 0
    var total = 0
    let reader = try VideoReader(path: fixture("frames_vfr.mp4"))
    try reader.readFrames(rates: [1000], until: 8) { _, takes in
      calls += 1
      total += takes[0]
    }
    #expect(calls <= 24)
    #expect(total == 1568)
  }

  @Test("a clip with a rotation in its metadata is upright")
  func rotated() throws {
    // Stored with red and green above blue and white, to be shown turned clockwise.
    let reader = try VideoReader(path: fixture("frames_rotated.mp4"))
    try reader.readFrames(rates: [8], until: 0) { frame, _ in
      #expect(frame.width == 32 && frame.height == 64)
      #expect(isClose(frame, 8, 8, [0, 0, 255]))
      #expect(isClose(frame, 24, 8, [255, 0, 0]))
      #expect(isClose(frame, 8, 56, [255, 255, 255]))
      #expect(isClose(frame, 24, 56, [0, 255, 0]))
    }
  }

  @Test("a transport stream starts at its own first instant and may change its size")
  func sizeChange() throws {
    var sizes: [[Int]] = []
    let reader = try VideoReader(path: fixture("frames_two_sizes.ts"))
    try reader.readFrames(rates: [25], until: 8) { frame, takes in
      sizes += Array(repeating: [frame.width, frame.height], count: takes[0])
      if frame.width == 96 { #expect(isClose(frame, 48, 40, [255, 0, 0])) }
    }
    // Nineteen times 1/25 sum to more than 0.76, when the last of the 20 frames is shown.
    #expect(sizes.count == 19)
    #expect(sizes.first == [64, 48])
    #expect(sizes.last == [96, 80])
  }

  @Test("frames without timestamps follow one another at the stated rate")
  func missingTimestamps() throws {
    let reader = try VideoReader(path: fixture("frames_raw.h264"))
    #expect(reader.frameRate == 25)
    // As the same pictures in a container: nineteen times 1/25 sum to more than 0.76.
    #expect(try counts("frames_raw.h264", until: 8) == [7, 19])
  }

  @Test("10-bit pictures of odd size are read")
  func oddTenBit() throws {
    let reader = try VideoReader(path: fixture("frames_odd_10bit.webm"))
    try reader.readFrames(rates: [25], until: 8) { frame, _ in
      #expect(frame.width == 65 && frame.height == 49 && frame.bytesPerRow >= 195)
    }
    #expect(try counts("frames_odd_10bit.webm", until: 8) == [7, 19])
  }

  @Test("a clip damaged in the middle still gives frames")
  func damaged() throws {
    try withFolder { folder in
      var bytes = try contents(fixture("frames_vfr.mp4"))
      // The middle of the pictures: the file begins with them and ends with its index.
      for index in 760..<800 { bytes[index] = UInt8(truncatingIfNeeded: index &* 37) }
      try write(bytes, to: folder + "/damaged.mp4")
      let reader = try VideoReader(path: folder + "/damaged.mp4")
      var count = 0
      try reader.readFrames(rates: [25], until: 8) { _, takes in count += takes[0] }
      #expect(count > 10)
    }
  }

  private func counts(_ name: String, until end: Double) throws -> [Int] {
    var total = [0, 0]
    let reader = try VideoReader(path: fixture(name))
    try reader.readFrames(rates: [8, 25], until: end) { _, takes in
      for rate in 0..<2 { total[rate] += takes[rate] }
    }
    return total
  }
}

private func isClose(_ frame: RGBFrame, _ x: Int, _ y: Int, _ color: [Int]) -> Bool {
  let start = y * frame.bytesPerRow + 3 * x
  return zip(frame.bytes[start..<(start + 3)], color).allSatisfy { abs(Int($0) - $1) < 6 }
}
