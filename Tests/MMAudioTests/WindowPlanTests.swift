import MMAudioKernels
import Testing

@testable import MMAudio

@Suite struct WindowPlanTests {
  private func plan(_ seconds: Double, _ rate: AudioRate = .rate16k) -> WindowPlan {
    WindowPlan(seconds: seconds, window: 8, overlap: 2, rate: rate)
  }

  @Test("what fits into a window is one window of its own length")
  func single() {
    for seconds in [0.64, 5, 8] {
      let plan = plan(seconds)
      #expect(plan == WindowPlan(seconds: seconds, rate: .rate16k))
      #expect(plan.windows.count == 1)
      #expect(plan.total.latent == SequenceLengths(seconds: seconds, rate: .rate16k).latent)
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
