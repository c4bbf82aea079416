/// Decides how often each of several fixed rates takes each frame of a stream of any rate.
///
/// A frame that comes at or after a rate's next instant is taken, and again for every further
/// instant that has passed: frames are doubled or dropped by their time alone. The instants are
/// sums of `1 / rate`, not multiples, as in the reference's `read_frames`.
struct FrameSampler {
  private let steps: [Double]
  private var next: [Double]

  /// - Parameter rates: frames per second of each sequence
  init(rates: [Double]) {
    precondition(rates.allSatisfy { $0 > 0 && $0.isFinite }, "FrameSampler: rates \(rates)")
    steps = rates.map { 1 / $0 }
    next = rates.map { _ in 0 }
  }

  /// How many times each rate takes the frame shown at `time` seconds.
  mutating func takes(at time: Double) -> [Int] {
    steps.indices.map { index in
      var count = 0
      while time >= next[index] {
        count += 1
        next[index] += steps[index]
      }
      return count
    }
  }
}
