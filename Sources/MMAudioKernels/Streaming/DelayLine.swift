/// Steps of a signal that wait for what they are to be added to.
public struct DelayLine: Sendable {
  private let channels: Int
  /// `[steps, channels]` each, none of them empty.
  private var pieces: [Tensor] = []

  /// An empty line for steps of so many channels.
  public init(channels: Int) { self.channels = channels }

  /// Steps that wait.
  public var count: Int { pieces.reduce(0) { $0 + $1.shape[0] } }

  /// Puts steps, `[steps, channels]`, at the end.
  public mutating func append(_ piece: Tensor) {
    precondition(piece.shape.last == channels, "DelayLine: \(piece.shape) for \(channels) channels")
    if piece.count > 0 { pieces.append(piece) }
  }

  /// Takes the first `count` steps out, `[count, channels]`; as many must wait.
  public mutating func take(_ count: Int) -> Tensor {
    precondition(0...self.count ~= count, "DelayLine: \(count) steps of \(self.count)")
    var (parts, left) = ([Tensor](), count)
    while left > 0 {
      let piece = pieces.removeFirst()
      let taken = min(left, piece.shape[0])
      parts.append(piece[0..<taken])
      left -= taken
      guard taken < piece.shape[0] else { continue }
      // Copied: a slice would keep all of the piece's memory.
      pieces.insert(concatenated([piece[taken..<piece.shape[0]]]), at: 0)
    }
    guard let first = parts.first else { return Tensor([0, channels], []) }
    return parts.count == 1 ? first : concatenated(parts)
  }
}
