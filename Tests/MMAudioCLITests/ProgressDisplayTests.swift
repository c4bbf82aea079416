import Foundation
import Testing

@testable import MMAudio
@testable import MMAudioCLI

@Suite struct ProgressDisplayTests {
  @Test("no line of any stage wraps where there is a bar", arguments: StageProgress.Stage.allCases)
  func width(stage: StageProgress.Stage) {
    let progress = StageProgress(stage: stage, done: 9998, total: 10_000)
    let line = ProgressDisplay.text(progress, elapsed: 3600 * 9998, bar: true)
    #expect(line.count < 72, "\(line)")
  }

  @Test("the remaining time is what the steps took so far")
  func remaining() {
    func text(_ done: Int, _ total: Int, _ elapsed: Double, _ bar: Bool) -> String {
      ProgressDisplay.text(
        StageProgress(stage: .sample, done: done, total: total), elapsed: elapsed, bar: bar)
    }
    #expect(text(0, 25, 0, false) == "sampling 0/25")
    #expect(text(5, 25, 10, false) == "sampling 5/25, 40 s left")
    #expect(text(5, 25, 30, true) == "sampling [####                ] 5/25, 2 min 0 s left")
    #expect(text(25, 25, 30, true) == "sampling [####################] 25/25")
    #expect(text(1, 1, 30, true) == "sampling")
  }
}
