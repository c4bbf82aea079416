internal import CSndfile

/// How an uncompressed sample is stored.
public enum BitDepth: String, Sendable, CaseIterable, Codable, CustomStringConvertible {
  /// 16-bit integers.
  case int16 = "16"
  /// 24-bit integers.
  case int24 = "24"
  /// 32-bit floating point.
  case float32 = "32f"

  /// The depth in words.
  public var description: String {
    switch self {
    case .int16: "16-bit"
    case .int24: "24-bit"
    case .float32: "32-bit float"
    }
  }
}

/// Writes mono audio in the format that the output's extension names.
///
/// Everything about the format is checked when the writer is made, before there are samples.
public struct AudioWriter: Sendable {
  private let path: String
  private let sampleRate: Int
  /// libsndfile's number for container and encoding.
  private let format: Int
  /// What samples are turned into before libsndfile sees them.
  private let depth: BitDepth
  private let longestComment: Int?

  /// - Parameters:
  ///   - path: where the audio goes, or ``StandardOutput/path``
  ///   - name: one of ``formats``; nil takes the path's extension
  ///   - sampleRate: samples per second
  ///   - bitDepth: for wav, aiff, au, caf, w64, rf64 and flac; lossy formats have none
  /// - Throws: that the extension is unknown or the format does not go with the rest
  public init(
    path: String, format name: String? = nil, sampleRate: Int, bitDepth: BitDepth = .int16
  ) throws(AudioError) {
    let found = name ?? pathExtension(of: path)
    guard let entry = SoundContainer.supported.first(where: { $0.extensions.contains(found) })
    else {
      throw .unknownExtension(
        path: path, found: found, supported: Self.formats)
    }
    self.path = path
    self.sampleRate = sampleRate
    longestComment = entry.longestComment
    if let lossy = entry.lossy {
      format = entry.number | lossy
      depth = .float32
    } else {
      format = entry.number | bitDepth.number
      depth = bitDepth
    }
    guard soundFormatExists(format) else { throw .bitDepth(path: path, depth: bitDepth) }
    // Only opening an encoder tells whether it takes the sample rate.
    _ = try encode([])
  }

  /// The names of the formats that the installed libsndfile writes, as extensions have them.
  public static let formats = SoundContainer.supported.flatMap(\.extensions)

  /// Tells whether the format has a place for a comment, and whether it is long enough.
  ///
  /// - Parameter comment: in ASCII
  /// - Returns: whether readers of the file will find it whole
  public func holds(comment: String) -> Bool {
    longestComment.map { comment.utf8.count <= $0 } ?? false
  }

  /// Writes the samples; the file appears complete or not at all.
  ///
  /// - Parameters:
  ///   - samples: in [-1, 1]; what lies outside is clipped
  ///   - comment: goes into the file's metadata if ``holds(comment:)``, else it is left out
  /// - Returns: how many samples were clipped
  /// - Throws: `AudioError` if a sample is not finite, `OutputError` if the file cannot be written
  @discardableResult
  public func write(_ samples: [Float], comment: String? = nil) throws -> Int {
    let bytes = try encode(samples, comment: comment)
    let file = try AtomicFile(path: path, orStandardOutput: true)
    try file.write(bytes)
    try file.commit()
    return samples.count { abs($0) > 1 }
  }

  /// The whole file in memory.
  ///
  /// Integers are `round(x * 32767)` and `round(x * 8388607)`, halves to even: symmetric, and at most
  /// half a step from the truth. libsndfile's own conversion would cut instead of rounding as soon as
  /// it has to clip.
  ///
  /// - Parameters:
  ///   - samples: in [-1, 1]; what lies outside is clipped
  ///   - comment: goes into the file's metadata if ``holds(comment:)``
  /// - Returns: the file's bytes
  /// - Throws: that a sample is not finite
  public func encode(_ samples: [Float], comment: String? = nil) throws(AudioError) -> [UInt8] {
    if let index = samples.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(path: path, index: index)
    }
    let file = MemoryFile()
    do throws(SoundError) {
      var encoder = try SoundEncoder(file, format: format, sampleRate: sampleRate)
      if let comment, holds(comment: comment) { try encoder.write(comment: comment) }
      // Vorbis keeps a whole write on its stack.
      for start in stride(from: 0, to: samples.count, by: 4096) {
        let block = samples[start..<min(start + 4096, samples.count)].map { min(max($0, -1), 1) }
        switch depth {
        case .int16:
          try encoder.write(
            block.map { Int16(($0 * 32_767).rounded(.toNearestOrEven)) }, by: sf_write_short)
        case .int24:
          // libsndfile takes the upper 24 bits.
          try encoder.write(
            block.map { Int32((Double($0) * 8_388_607).rounded(.toNearestOrEven)) << 8 },
            by: sf_write_int)
        case .float32:
          try encoder.write(block, by: sf_write_float)
        }
      }
      try encoder.finish()
    } catch {
      throw .refused(path: path, sampleRate: sampleRate, reason: error.text)
    }
    return file.bytes
  }
}
