/// Which of a video's frames stands at every instant of the windows, also where they reach past its end.
///
/// A frame is held while its picture is shown. Behind the end the video is played backwards and forwards: all
/// goes on to move, nothing appears that was not seen, and the features of CLIP's frames serve again.
struct FrameOrder {
  /// Seconds before the end that are played again, at most, so that no more frames than that are kept.
  static let longestSwing = VideoEncoding.pieceSeconds

  /// Frames of the video, the last of which is held.
  let count: Int
  private let rate: Double
  /// Instants before the video's end.
  private let shown: Int
  /// How many instants, up to the end, are played backwards and forwards.
  private let swing: Int

  /// - Parameters:
  ///   - came: frames that were read, at least one
  ///   - end: seconds at which the video ends
  ///   - rate: frames per second
  init(came: Int, end: Double, rate: Double) {
    precondition(came > 0, "FrameOrder: no frames")
    self.rate = rate
    shown = max(1, SequenceLengths.instants(before: end, rate: rate))
    count = min(came, shown)
    swing = min(shown, Int(Self.longestSwing * rate))
  }

  /// The frame that stands at an instant, both counted from 0.
  subscript(instant: Int) -> Int {
    guard instant >= shown else { return min(instant, count - 1) }
    let phase = (instant - shown) % (2 * swing)
    let back = phase < swing ? phase : 2 * swing - 1 - phase
    return min(shown - 1 - back, count - 1)
  }

  /// Seconds for which the video is played on before an instant in seconds; 0 if that is not behind the end.
  func secondsBehindEnd(before seconds: Double) -> Double {
    Double(max(0, SequenceLengths.instants(before: seconds, rate: rate) - shown)) / rate
  }
}
