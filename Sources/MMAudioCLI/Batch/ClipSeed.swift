import MMAudioKernels
import MMAudioMedia

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
  let digits = leadingDigits(bytes)
  guard let word = UInt64(digits, radix: 16) else {
    preconditionFailure("leadingDigest: \(digits) is not hexadecimal")
  }
  return word
}

/// The first 16 digits of the SHA-256 of `bytes`.
private func leadingDigits(_ bytes: [UInt8]) -> String {
  var digest = SHA256()
  bytes.withUnsafeBytes { digest.update($0) }
  return String(digest.hexadecimal.prefix(16))
}

extension String {
  /// The path with a last part that file systems take, whatever was added to it.
  var fittingPath: String { withFittingName(leadingDigits) }
}
