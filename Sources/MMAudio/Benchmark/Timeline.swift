/// When a stage reported how much of it was done.
struct Timeline {
  /// Units done, and seconds since the stage began; the first is the network's being ready.
  private(set) var marks: [(done: Int, seconds: Double)] = []

  /// Notes that `done` units were done at `seconds`.
  mutating func mark(_ done: Int, at seconds: Double) { marks.append((done, seconds)) }

  /// Seconds until the network was ready.
  var loading: Double { marks.first?.seconds ?? 0 }

  /// Seconds that `total` units take once the network is ready.
  ///
  /// What was run counts as it was, the rest at the median pace of what came after the first report,
  /// since the first units also fetch the weights.
  func seconds(for total: Int) -> Double {
    guard let first = marks.first, let last = marks.last, last.done > 0 else { return 0 }
    let run = last.seconds - first.seconds
    let paces = zip(marks, marks.dropFirst()).dropFirst().compactMap { before, after in
      after.done > before.done
        ? (after.seconds - before.seconds) / Double(after.done - before.done) : nil
    }
    let pace = paces.isEmpty ? run / Double(last.done) : median(paces)
    return run + Double(max(0, total - last.done)) * pace
  }
}

/// The middle of the values, or the lower of the two there; there must be one.
func median(_ values: [Double]) -> Double {
  precondition(!values.isEmpty, "median: no values")
  return values.sorted()[(values.count - 1) / 2]
}
