import MMAudioKernels

/// The seed of a clip that has none of its own.
enum ClipSeed {
  /// The seed of the first take; the next ones follow it, as in `GenerationRequest.seeds`.
  ///
  /// The first 8 bytes, big-endian, of the SHA-256 of 8 bytes with the command's seed, big-endian, and
  /// the id in UTF-8. So neither order, neighbours, shards nor interruptions change a sound.
  ///
  /// - Parameters:
  ///   - seed: the command's
  ///   - id: the clip's
  /// - Returns: 64 bits
  static func seed(_ seed: UInt64, id: String) -> UInt64 {
    let bytes = stride(from: UInt64(56), through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: seed >> $0)
    }
    return leadingDigest(bytes + id.utf8)
  }
}

/// The first 8 bytes, big-endian, of the SHA-256 of `bytes`.
func leadingDigest(_ bytes: [UInt8]) -> UInt64 {
  var digest = SHA256()
  bytes.withUnsafeBytes { digest.update($0) }
  guard let word = UInt64(digest.hexadecimal.prefix(16), radix: 16) else {
    preconditionFailure("leadingDigest: \(digest.hexadecimal) is not hexadecimal")
  }
  return word
}
