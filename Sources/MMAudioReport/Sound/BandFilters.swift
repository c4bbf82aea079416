/// Averages of a spectrum over bands, triangles that overlap by half.
struct BandFilters {
  private let bands: [(first: Int, weights: [Float])]

  /// How many bands there are.
  var count: Int { bands.count }

  /// - Parameters:
  ///   - edges: hertz, rising; a band reaches from the one before its middle to the one after
  ///   - hertzPerBin: from one magnitude of a spectrum to the next
  ///   - binCount: magnitudes of a spectrum
  init(edges: [Double], hertzPerBin: Double, binCount: Int) {
    bands = (1..<edges.count - 1).map { band in
      let (low, middle, high) = (edges[band - 1], edges[band], edges[band + 1])
      // A narrow triangle may lie between two bins.
      let nearest = min(Int((middle / hertzPerBin).rounded()), binCount - 1)
      let first = min(Int((low / hertzPerBin).rounded(.up)), nearest)
      let last = max(min(Int(high / hertzPerBin), binCount - 1), nearest)
      let weights = (first...last).map { bin in
        let hertz = Double(bin) * hertzPerBin
        let triangle = max(min((hertz - low) / (middle - low), (high - hertz) / (high - middle)), 0)
        return bin == nearest ? triangle + 1e-9 : triangle
      }
      let sum = weights.reduce(0, +)
      return (first, weights.map { Float($0 / sum) })
    }
  }

  /// The averages of one spectrum's magnitudes.
  func callAsFunction(_ magnitudes: [Float]) -> [Float] {
    bands.map { first, weights in
      weights.indices.reduce(Float(0)) { $0 + weights[$1] * magnitudes[first + $1] }
    }
  }
}
