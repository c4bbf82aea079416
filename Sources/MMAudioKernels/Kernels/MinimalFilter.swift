/// A way to compute several steps of a short filter with fewer products (Toom 1963, Winograd 1980).
///
/// `outputs` steps of a filter of `taps` taps are `Aᵀ [(G g) ⊙ (Bᵀ d)]`: the filter g and
/// `outputs + taps - 1` inputs d are seen as polynomials, evaluated at as many points (one of them
/// infinity), multiplied there and interpolated. F(4, 3) takes 6 products where the sum takes 12. It
/// is exact but for rounding: in float32, F(4, 3) with these points errs by 5e-7 and F(4, 4) by 8e-7 of
/// the largest output of 448 channels, the plain sum by 1e-7. The points are those of the smallest
/// error among small fractions.
struct MinimalFilter: Sendable {
  /// Steps computed together.
  let outputs: Int
  /// Taps of the filter.
  let taps: Int
  /// Points, and so products: `outputs + taps - 1`.
  let products: Int
  /// Bᵀ, `[products, products]`: inputs to points.
  let inputTransform: Tensor
  /// G, `[products, taps]`: filter to points.
  let filterTransform: Tensor
  /// Aᵀ, `[outputs, products]`: points to outputs.
  let outputTransform: Tensor
  /// For products whose row of G is a unit vector, which tap it picks; these are the last ones.
  let picks: [Int?]
  /// Products whose weights are made at once, so that taps are read for two of them, or picked.
  let runs: [Range<Int>]

  /// The plain sum, one tap at a time.
  static let direct = MinimalFilter(outputs: 1, taps: 1, points: [])
  /// Four steps of three taps in 6 products instead of 12.
  static let fourByThree = MinimalFilter(
    outputs: 4, taps: 3, points: [3.0 / 2, 3.0 / 4, -3.0 / 4, -4.0 / 3, 0])
  /// Four steps of four taps in 7 products instead of 16.
  static let fourByFour = MinimalFilter(
    outputs: 4, taps: 4, points: [-1, -1.0 / 2, -2, 3.0 / 2, 2.0 / 3, 0])

  /// Builds the three matrices for finite points, 0 behind all others; infinity is the last.
  private init(outputs: Int, taps: Int, points: [Double]) {
    precondition(points.count == outputs + taps - 2, "MinimalFilter: \(points.count) points")
    self.outputs = outputs
    self.taps = taps
    products = outputs + taps - 1
    let picks: [Int?] = points.map { $0 == 0 ? 0 : nil } + [taps - 1]
    self.picks = picks
    let made = picks.count { $0 == nil }
    runs =
      stride(from: 0, to: made, by: 2).map { $0..<min(made, $0 + 2) }
      + (made..<products).map { $0..<$0 + 1 }

    let others = points.indices.map { i in points.indices.filter { $0 != i }.map { points[$0] } }
    // The product of a point's distances to the others divides a row of G or of Bᵀ: that of 0 the
    // latter, so that the former is a unit vector.
    let norms = points.indices.map { i in others[i].reduce(1) { $0 * (points[i] - $1) } }
    // Row i of Bᵀ: coefficients of the product of (x - p) over the other points.
    let rows =
      points.indices.map { i in
        let norm = picks[i] == nil ? 1 : norms[i]
        return Self.coefficients(roots: others[i]).map { $0 / norm } + [0]
      } + [Self.coefficients(roots: points)]
    inputTransform = Tensor([products, products], rows.flatMap { $0 }.map(Float.init))
    // Row i of G: powers of the point.
    var filterRows = points.indices.map { i in
      let norm = picks[i] == nil ? norms[i] : 1
      return (0..<taps).map { Self.power(points[i], $0) / norm }
    }
    filterRows.append((0..<taps).map { $0 == taps - 1 ? 1 : 0 })
    filterTransform = Tensor([products, taps], filterRows.flatMap { $0 }.map(Float.init))
    // Column i of Aᵀ: powers of the point.
    let steps = (0..<outputs).flatMap { step -> [Float] in
      points.map { Float(Self.power($0, step)) } + [step == outputs - 1 ? 1 : 0]
    }
    outputTransform = Tensor([outputs, products], steps)
  }

  /// Coefficients of `∏ (x - root)`, lowest power first.
  private static func coefficients(roots: [Double]) -> [Double] {
    roots.reduce([1]) { polynomial, root in
      zip([0] + polynomial, polynomial + [0]).map { $0 - root * $1 }
    }
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { result, _ in result * base }
  }
}
