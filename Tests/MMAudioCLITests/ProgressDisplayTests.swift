import Foundation
import Testing

@testable import MMAudio
@testable import MMAudioCLI

@Suite struct ProgressDisplayTests {
  @Test("no line of any stage wraps where there is a bar", arguments: StageProgress.Stage.allCases)
  func width(stage: StageProgress.Stage) {
    let progress = StageProgress(stage: stage, done: 9998, total: 10_000)
    let line = progress.line(elapsed: 3600 * 9998, first: 0, bar: true)
    #expect(line.count < 72, "\(line)")
  }

  @Test("the remaining time is what the steps took so far")
  func remaining() {
    func text(_ done: Int, _ total: Int, _ elapsed: Double, _ bar: Bool) -> String {
      StageProgress(stage: .sample, done: done, total: total)
        .line(elapsed: elapsed, first: 0, bar: bar)
    }
    #expect(text(0, 25, 0, false) == "sampling 0/25")
    #expect(text(5, 25, 10, false) == "sampling 5/25, 40 s left")
    #expect(text(5, 25, 30, true) == "sampling [####                ] 5/25, 2 min 0 s left")
    #expect(text(25, 25, 30, true) == "sampling [####################] 25/25")
    #expect(text(1, 1, 30, true) == "sampling")
  }

  @Test("a download that goes on counts its pace from where it began")
  func download() {
    func line(_ done: Int, _ whole: Int?, first: Int) -> String {
      DownloadProgress(name: "v1-44.pth", done: done, whole: whole)
        .line(elapsed: 2, first: first, bar: false)
    }
    #expect(
      line(600_000_000, 1_200_000_000, first: 560_000_000)
        == "v1-44.pth 50%, 600.0 MB of 1.2 GB, 20.0 MB/s")
    #expect(line(10, 10, first: 0) == "v1-44.pth 100%, 0.0 MB of 0.0 MB")
    #expect(line(5_000_000, nil, first: 0) == "v1-44.pth 5.0 MB")
  }
}
