/// Alias-free SnakeBeta over a signal that comes in pieces: the same, to the bit, as over all of it.
///
/// Each call gives the steps of output that its piece completes. A copy goes on from where the original
/// is; one that no piece has gone through begins a signal.
public struct StreamedSnake: Sendable {
  private let weights: SnakeWeights
  private var window: StreamWindow

  /// The beginning of a signal, whose first and last step are repeated beyond its ends.
  public init(_ weights: SnakeWeights) {
    self.weights = weights
    window = StreamWindow(
      channels: weights.channels, before: SnakeWeights.reach, after: SnakeWeights.reach)
  }

  /// Applies the activation to the next piece.
  ///
  /// - Parameters:
  ///   - piece: `[steps, channels]`
  ///   - isLast: whether the signal ends with it
  /// - Returns: `[completed steps, channels]`
  public mutating func callAsFunction(_ piece: Tensor, isLast: Bool) -> Tensor {
    let steps = window.steps(completedBy: piece, isLast: isLast)
    defer { window.move(past: piece, steps) }
    return aliasFreeSnake(piece, after: window.history, weights, steps: steps)
  }
}
