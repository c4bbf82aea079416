import Testing

@testable import MMAudioMedia

@Suite struct FrameSamplerTests {
  @Test("frames are doubled and dropped by their time alone")
  func doublesAndDrops() {
    var sampler = FrameSampler(rates: [8, 25])
    #expect(sampler.takes(at: 0) == [1, 1])
    #expect(sampler.takes(at: 0.01) == [0, 0])
    #expect(sampler.takes(at: 0.04) == [0, 1])
    #expect(sampler.takes(at: 0.25) == [2, 5])
    #expect(sampler.takes(at: 0.25) == [0, 0])
    #expect(sampler.takes(at: 0.1) == [0, 0])
  }

  @Test("instants are sums of 1/rate, rounding errors included")
  func accumulates() {
    // Summing 0.1 ten times falls short of 1: the eleventh instant has come at 1 - 1e-16.
    var sampler = FrameSampler(rates: [10])
    #expect(sampler.takes(at: 0.9999999999999999) == [11])
  }

  @Test(
    "behind a window, frames stand where they stand at its end",
    arguments: [25.0, 30, 50, 60])
  func behindWindow(rate: Double) {
    var sampler = FrameSampler(rates: [25, 8], summing: 8)
    var frames: [Int] = []
    for index in 0..<Int(100 * rate) {
      frames += Array(repeating: index, count: sampler.takes(at: Double(index) / rate)[0])
    }
    // Pictures and instants meet five times a second; those between are the same on any side.
    for instant in stride(from: 30, to: frames.count, by: 5) {
      #expect(frames[instant] == Int(rate) * instant / 25 + 1, "instant \(instant)")
    }
  }
}
