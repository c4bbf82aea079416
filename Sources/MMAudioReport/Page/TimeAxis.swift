import Foundation

/// Where an axis of time has its ticks.
struct TimeAxis {
  /// How long it is.
  let seconds: Double

  /// An element with a tick at every 1, 2 or 5 times a power of ten seconds, at most eleven.
  var html: String {
    let magnitude = pow(10, (log10(seconds / 10)).rounded(.down))
    let step = magnitude * ([1, 2, 5].first { seconds / (magnitude * $0) <= 10.001 } ?? 10)
    let digits = max(-Int(log10(step).rounded(.down)), 0)
    let ticks = (0...Int(seconds / step + 1e-6)).map { index in
      let time = Double(index) * step
      return
        "<span style=\"left:\(position(time))\">\(String(format: "%.\(digits)f", time)) s</span>"
    }
    return "<div class=\"lane ticks\">\(ticks.joined())</div>"
  }

  /// How far from the left edge an instant is, in CSS.
  func position(_ time: Double) -> String { Numbers.percent(min(time / seconds, 1)) }
}
