/// The outline of a sound's samples, to be drawn as a vector picture.
struct WaveformPicture {
  private static let columns = 1200
  private static let height = 1000

  /// The greatest sample's size.
  let peak: Float
  /// The sample value at the picture's upper edge: 1, 0.5, 0.2, … so that quiet sounds show as well.
  let scale: Float
  /// The picture, in the page's own colours.
  let svg: String

  /// - Parameter samples: at least one; what lies outside ±1 is drawn at the edge
  init(_ samples: [Float]) {
    precondition(!samples.isEmpty, "WaveformPicture: no samples")
    let peak = samples.reduce(0) { max($0, abs($1)) }
    let scale = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5].first { $0 >= peak } ?? 1
    func point(_ column: Int, _ sample: Float) -> String {
      let down = (1 - min(max(sample / scale, -1), 1)) * Float(Self.height / 2)
      return "\(column) \(Int(down.rounded()))"
    }
    let columns = min(Self.columns, samples.count)
    var upper: [String] = []
    var lower: [String] = []
    for column in 0..<columns {
      let piece = samples[
        column * samples.count / columns..<(column + 1) * samples.count / columns]
      upper.append(point(column, piece.reduce(-.infinity, max)))
      lower.append(point(column, piece.reduce(.infinity, min)))
    }
    self.peak = peak
    self.scale = scale
    svg =
      "<svg class=\"wave\" viewBox=\"0 0 \(max(columns - 1, 1)) \(Self.height)\" "
      + "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Waveform\">"
      + "<path d=\"M" + (upper + lower.reversed()).joined(separator: "L") + "Z\"/></svg>"
  }
}
