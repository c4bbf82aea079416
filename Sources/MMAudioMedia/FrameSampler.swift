/// Decides how often each of several fixed rates takes each frame of a stream of any rate.
///
/// A frame that comes at or after a rate's next instant is taken, and again for every further
/// instant that has passed: frames are doubled or dropped by their time alone.
struct FrameSampler {
  private var instants: [Instants]

  /// - Parameters:
  ///   - rates: frames per second of each sequence
  ///   - window: seconds for which instants are the reference's
  init(rates: [Double], summing window: Double = .infinity) {
    precondition(rates.allSatisfy { $0 > 0 && $0.isFinite }, "FrameSampler: rates \(rates)")
    instants = rates.map { Instants(rate: $0, window: window) }
  }

  /// How many times each rate takes the frame shown at `time` seconds.
  mutating func takes(at time: Double) -> [Int] {
    instants.indices.map { index in
      var count = 0
      while time >= instants[index].next {
        count += 1
        instants[index].advance()
      }
      return count
    }
  }
}

/// The instants `0, 1/rate, 2/rate, …` at which a sequence takes frames.
///
/// The reference's `read_frames` sums them up. A sum that is larger than the multiple by a rounding error passes
/// the picture of that time, and takes the next. So it is for all but 18 of the first 200 instants of 25 a
/// second, and networks that were trained so expect it; from the 206th on, sums are smaller, and sound would come
/// 40 ms late. So behind a window the instants lie on the side of their multiples on which the sum at its end is.
private struct Instants {
  /// The next one, in seconds.
  private(set) var next = 0.0
  private let rate: Double
  private var count = 0.0
  /// How many are sums.
  private let summed: Double
  /// What is added to multiples: more than their rounding errors, less than any tick of a clock.
  private var error = 0.0

  init(rate: Double, window: Double) {
    self.rate = rate
    summed = (window * rate).rounded()
  }

  mutating func advance() {
    count += 1
    let (sum, multiple) = (next + 1 / rate, count / rate)
    if count == summed { error = sum > multiple ? 1e-7 : sum < multiple ? -1e-7 : 0 }
    next = count < summed ? sum : multiple + error
  }
}
