import Foundation

/// The seconds that each stage of a run took.
public struct StageTimings: Sendable {
  /// Seconds by stage, in the order in which they began; loading a network counts for its stage.
  public private(set) var stages: [(stage: StageProgress.Stage, seconds: Double)] = []

  /// No time has passed.
  public init() {}

  /// Seconds of all stages.
  public var total: Double { stages.reduce(0) { $0 + $1.seconds } }

  /// Counts what passed since the last step, of any clip, for the stage that reports one now.
  public mutating func count(_ progress: StageProgress, by clock: inout StepClock) {
    let seconds = clock.lap()
    if let index = stages.firstIndex(where: { $0.stage == progress.stage }) {
      stages[index].seconds += seconds
    } else {
      stages.append((progress.stage, seconds))
    }
  }
}

/// A clock that tells how long each step took.
public struct StepClock: Sendable {
  private var last = ContinuousClock.now

  /// The clock starts.
  public init() {}

  /// Seconds since the last lap, or the start.
  mutating func lap() -> Double {
    let now = ContinuousClock.now
    defer { last = now }
    return last.duration(to: now) / .seconds(1)
  }
}

extension StageTimings: CustomStringConvertible {
  /// `encoding text 0.12 s, sampling 3.40 s, …, 4.10 s in all`.
  public var description: String {
    let parts = stages.map { ($0.stage.rawValue, $0.seconds) }.map { name, seconds in
      "\(name) \(Self.text(seconds))"
    }
    return (parts + ["\(Self.text(total)) in all"]).joined(separator: ", ")
  }

  private static func text(_ seconds: Double) -> String { String(format: "%.2f s", seconds) }
}
