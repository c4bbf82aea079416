import Foundation

/// The seconds that each stage of a run took.
public struct StageTimings: Sendable {
  /// Seconds by stage, in the order in which they began; loading a network counts for its stage.
  public private(set) var stages: [(stage: StageProgress.Stage, seconds: Double)] = []
  private let start = ContinuousClock.now
  private var last = ContinuousClock.now

  /// The clock starts.
  public init() {}

  /// Seconds since the clock started.
  public var total: Double { start.duration(to: .now) / .seconds(1) }

  /// Counts what passed since the last step for the stage that reports one now.
  public mutating func update(_ progress: StageProgress) {
    let now = ContinuousClock.now
    let seconds = last.duration(to: now) / .seconds(1)
    last = now
    if let index = stages.firstIndex(where: { $0.stage == progress.stage }) {
      stages[index].seconds += seconds
    } else {
      stages.append((progress.stage, seconds))
    }
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
