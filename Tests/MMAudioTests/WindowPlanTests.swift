import MMAudioKernels
import Testing

@testable import MMAudio

@Suite struct WindowPlanTests {
  private func plan(_ seconds: Double, _ rate: AudioRate = .rate16k) -> WindowPlan {
    WindowPlan(
      covering: seconds, lengths: SequenceLengths(seconds: 8, rate: rate), window: 8, overlap: 2,
      rate: rate)
  }

  @Test("a prompt alone has one window of its own length, or several as in the reference")
  func prompt() {
    var request = GenerationRequest()
    for seconds in [0.64, 5, 8] {
      request.seconds = seconds
      let plan = request.planWithoutVideo(rate: .rate16k)
      #expect(plan == WindowPlan(seconds: seconds, rate: .rate16k))
      #expect(plan.windows.count == 1)
      #expect(plan.soundSeconds == nil)
      #expect(plan.total.latent == SequenceLengths(seconds: seconds, rate: .rate16k).latent)
    }
    (request.seconds, request.window) = (8, 6)
    let plan = request.planWithoutVideo(rate: .rate16k)
    #expect(plan.lengths == SequenceLengths(seconds: 6, rate: .rate16k))
    #expect(plan.soundSeconds == 8)
  }

  /// What becomes of a video: its windows, tokens of each, and the seconds to cut the sound to.
  struct Video: CustomTestStringConvertible {
    let end: Double
    let pictures: Double
    var window = 8.0
    let windows: Int
    let sync: Int
    let sound: Double?
    var testDescription: String { "\(end) s in windows of \(window) s" }
  }

  @Test(
    "a video that fills a window has the reference's, a shorter one a whole window, cut",
    arguments: [
      // One frame, three, and the shortest that the reference takes.
      Video(end: 0.04, pictures: 0.04, windows: 1, sync: 192, sound: 0.04),
      Video(end: 0.12, pictures: 0.12, windows: 1, sync: 192, sound: 0.12),
      Video(end: 0.64, pictures: 0.64, windows: 1, sync: 192, sound: 0.64),
      Video(end: 5, pictures: 4.96, windows: 1, sync: 192, sound: 5),
      // 200 frames, one of which the clock of the reference misses.
      Video(end: 7.96, pictures: 7.96, windows: 1, sync: 192, sound: 7.96),
      Video(end: 8, pictures: 7.96, windows: 1, sync: 192, sound: 8),
      Video(end: 7.98, pictures: 8, windows: 1, sync: 192, sound: 7.98),
      Video(end: 8, pictures: 8, windows: 1, sync: 192, sound: nil),
      Video(end: 8.000_000_001, pictures: 8, windows: 1, sync: 192, sound: nil),
      // A rest of one or two frames is not worth a second window.
      Video(end: 8.04, pictures: 8, windows: 1, sync: 192, sound: 8.04),
      Video(end: 8.08, pictures: 8, windows: 1, sync: 192, sound: 8.08),
      Video(end: 8.12, pictures: 8.12, windows: 2, sync: 192, sound: 8.12),
      Video(end: 8.2, pictures: 8.2, windows: 2, sync: 192, sound: 8.2),
      Video(end: 10, pictures: 10, windows: 2, sync: 192, sound: 10),
      // The reference's geometry of another window, where the video fills it, and tokens by time elsewhere.
      Video(end: 2.92, pictures: 2.92, window: 2.92, windows: 1, sync: 64, sound: nil),
      Video(end: 4, pictures: 4, window: 4, windows: 1, sync: 88, sound: nil),
      Video(end: 3, pictures: 3, window: 4, windows: 1, sync: 96, sound: 3),
      Video(end: 9, pictures: 9, window: 6.5, windows: 2, sync: 156, sound: 9),
    ])
  func video(_ video: Video) {
    var request = GenerationRequest()
    request.window = video.window
    for rate in AudioRate.all {
      let plan = request.plan(end: video.end, pictures: video.pictures, rate: rate)
      let lengths = SequenceLengths(seconds: video.window, rate: rate)
      #expect(plan.windows.count == video.windows)
      #expect(plan.lengths.sync == video.sync)
      #expect(plan.lengths.latent == lengths.latent && plan.lengths.clip == lengths.clip)
      #expect(plan.soundSeconds == video.sound)
    }
  }

  @Test(
    "windows cover the sound, overlap enough and start on sync steps",
    arguments: [8.01, 8.4, 14, 14.2, 60, 3600], AudioRate.all)
  func cover(seconds: Double, rate: AudioRate) {
    let plan = plan(seconds, rate)
    let lengths = SequenceLengths(seconds: 8, rate: rate)
    #expect(plan.lengths == lengths)
    let reach = Double(plan.total.latent) / rate.latentsPerSecond
    #expect(reach >= seconds - 0.02 && reach < seconds + WindowPlan.step + 0.02, "\(reach)")
    #expect(plan.total.sync == plan.windows[plan.windows.count - 1].sync.upperBound)
    for window in plan.windows {
      #expect(
        [window.latent.count, window.clip.count, window.sync.count]
          == [lengths.latent, lengths.clip, lengths.sync])
      let start = Double(window.sync.lowerBound / 8) * 0.32
      #expect(abs(Double(window.latent.lowerBound) - start * rate.latentsPerSecond) <= 0.5)
      #expect(abs(Double(window.clip.lowerBound) - start * 8) <= 0.5)
    }
    for (window, next) in zip(plan.windows, plan.windows.dropFirst()) {
      let shared = window.latent.upperBound - next.latent.lowerBound
      #expect(Double(shared) >= 2 * rate.latentsPerSecond)
    }
  }

  @Test("what all windows agree on is kept, and a window fades where another takes over")
  func blend() {
    let plan = plan(20)
    let count = plan.windows.count
    func parts(_ value: (Int) -> Float) -> [Tensor] {
      (0..<count).map { Tensor([250, 2], [Float](repeating: value($0), count: 500)) }
    }
    let same = plan.blended(parts { _ in 3 })
    #expect(same.shape == [plan.total.latent, 2])
    #expect(same.values.allSatisfy { abs($0 - 3) < 1e-6 })
    let steps = plan.blended(parts { Float($0) }).values
    let jumps = zip(steps, steps.dropFirst(2)).map { $1 - $0 }
    #expect(jumps.allSatisfy { $0 > -1e-5 && $0 < 0.05 })
    #expect(steps[0] == 0 && abs(steps[steps.count - 1] - Float(count - 1)) < 1e-5)
  }
}
