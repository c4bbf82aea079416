internal import CSndfile

/// How an uncompressed sample is stored.
public enum BitDepth: String, Sendable, CaseIterable, CustomStringConvertible {
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
  ///   - path: where the audio goes; its extension names the format
  ///   - sampleRate: samples per second
  ///   - bitDepth: for wav, aiff, au, caf, w64, rf64 and flac; lossy formats have none
  /// - Throws: that the extension is unknown or the format does not go with the rest
  public init(path: String, sampleRate: Int, bitDepth: BitDepth = .int16) throws(AudioError) {
    let found = pathExtension(of: path)
    guard let entry = Container.supported.first(where: { $0.extensions.contains(found) }) else {
      throw .unknownExtension(
        path: path, found: found, supported: Self.extensions)
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

  /// Tells whether the format has a place for a comment, and whether it is long enough.
  ///
  /// - Parameter comment: in ASCII
  /// - Returns: whether readers of the file will find it whole
  public func holds(comment: String) -> Bool {
    longestComment.map { comment.utf8.count <= $0 } ?? false
  }

  /// The extensions of all formats that the installed libsndfile writes.
  public static var extensions: [String] { Container.supported.flatMap(\.extensions) }

  /// Writes the samples; the file appears complete or not at all.
  ///
  /// - Parameters:
  ///   - samples: in [-1, 1]; what lies outside is clipped
  ///   - comment: goes into the file's metadata if ``holds(comment:)``, else it is left out
  /// - Throws: `AudioError` if a sample is not finite, `OutputError` if the file cannot be written
  public func write(_ samples: [Float], comment: String? = nil) throws {
    let bytes = try encode(samples, comment: comment)
    let file = try AtomicFile(path: path)
    try file.write(bytes)
    try file.commit()
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

/// One row a file format.
private struct Container {
  let extensions: [String]
  let number: Int
  /// The one encoding of a lossy format.
  var lossy: Int?
  /// Bytes that libsndfile writes so that it and FFmpeg, whose limits differ, can read the file; nil
  /// if it writes none.
  var longestComment: Int? = 1 << 20

  /// The formats that the installed libsndfile writes.
  static let supported = all.filter { entry in
    soundFormatExists(entry.number | (entry.lossy ?? BitDepth.int16.number))
  }

  private static let all = [
    Container(extensions: ["wav"], number: SF_FORMAT_WAV, longestComment: 32_000),
    Container(extensions: ["flac"], number: SF_FORMAT_FLAC),
    Container(
      extensions: ["ogg", "oga"], number: SF_FORMAT_OGG, lossy: SF_FORMAT_VORBIS),
    Container(
      extensions: ["opus"], number: SF_FORMAT_OGG, lossy: SF_FORMAT_OPUS, longestComment: 32_000),
    // MPEG layer III by number: headers before libsndfile 1.1 have no name for it.
    Container(extensions: ["mp3"], number: 0x23_0000, lossy: 0x0082),
    Container(extensions: ["aiff", "aif"], number: SF_FORMAT_AIFF, longestComment: 8000),
    Container(extensions: ["au", "snd"], number: SF_FORMAT_AU, longestComment: nil),
    Container(extensions: ["caf"], number: SF_FORMAT_CAF, longestComment: 1000),
    Container(extensions: ["w64"], number: SF_FORMAT_W64, longestComment: nil),
    Container(extensions: ["rf64"], number: SF_FORMAT_RF64, longestComment: 32_000),
  ]
}

extension BitDepth {
  /// libsndfile's number for the encoding.
  fileprivate var number: Int {
    switch self {
    case .int16: SF_FORMAT_PCM_16
    case .int24: SF_FORMAT_PCM_24
    case .float32: SF_FORMAT_FLOAT
    }
  }
}
