/// What a layer keeps of a signal that comes in pieces, and which steps of output a piece completes.
///
/// A step of output depends on some steps of input before and after it. The end of what has come is
/// kept as far as steps yet to come depend on it.
struct StreamWindow: Sendable {
  /// Steps of input before a step of output, and after it, that it depends on.
  private let before: Int
  private let after: Int
  /// Steps of output that are computed together, counted from the signal's start.
  private let together: Int
  /// Steps of output beyond the end of the input.
  private let growth: Int

  /// `[steps, channels]`, what comes in front of the next piece.
  private(set) var history: Tensor
  /// Where in the signal the history begins.
  private var start = 0
  /// Steps of output that are complete.
  private var done = 0

  init(channels: Int, before: Int, after: Int, together: Int = 1, growth: Int = 0) {
    self.before = before
    self.after = after
    self.together = together
    self.growth = growth
    history = Tensor([0, channels], [])
  }

  /// The steps of output that `piece` completes, counted from the first step of the history.
  ///
  /// What is computed together stays together, so that cuts do not change how it is rounded.
  func steps(completedBy piece: Tensor, isLast: Bool) -> Range<Int> {
    let end = start + history.shape[0] + piece.shape[0]
    let complete = isLast ? end + growth : max(0, end - after) / together * together
    return done - start..<complete - start
  }

  /// Makes `piece` history, once those steps of output are computed.
  mutating func move(past piece: Tensor, _ steps: Range<Int>) {
    done = start + steps.upperBound
    let (known, new) = (history.shape[0], piece.shape[0])
    let dropped = min(known + new, max(0, done - before - start))
    // Copied: a slice would keep all of the piece's memory.
    history = concatenated([
      history[min(known, dropped)..<known], piece[max(0, dropped - known)..<new],
    ])
    start += dropped
  }
}
