import MMAudioKernels

extension Stages {
  /// What an encoder makes of `content`, from the cache if it is there.
  ///
  /// - Parameters:
  ///   - network: the encoder
  ///   - content: what goes into it, of which all bytes count
  ///   - rows: all axes of the features but the last
  ///   - found: called instead of `compute`, to report that all is done
  ///   - compute: opens the encoder and runs it
  /// - Returns: `rows` and a last axis, the same values in either case
  /// - Throws: that the encoder's file cannot be read, and what `found` and `compute` throw
  func cached<Content: BitwiseCopyable>(
    _ network: ModelFile, _ content: [Content], rows: [Int], found: () throws -> Void,
    compute: () throws -> Tensor
  ) throws -> Tensor {
    guard let cache else { return try compute() }
    // Typed throws do not pass through `withUnsafeBytes` of older standard libraries.
    let key = try content.withUnsafeBytes { bytes in
      Result { () throws(WeightError) in
        try FeatureKey(network, in: models, content: bytes, counts: rows)
      }
    }.get()
    guard let key else { return try compute() }
    if let features = cache.features(key, rows: rows) {
      try found()
      return features
    }
    let features = try compute()
    cache.keep(features, for: key)
    return features
  }
}
