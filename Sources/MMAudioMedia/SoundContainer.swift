internal import CSndfile

/// A kind of sound file that can be written, one row each.
struct SoundContainer {
  let extensions: [String]
  /// libsndfile's number.
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
    SoundContainer(extensions: ["wav"], number: SF_FORMAT_WAV, longestComment: 32_000),
    SoundContainer(extensions: ["flac"], number: SF_FORMAT_FLAC),
    SoundContainer(
      extensions: ["ogg", "oga"], number: SF_FORMAT_OGG, lossy: SF_FORMAT_VORBIS),
    SoundContainer(
      extensions: ["opus"], number: SF_FORMAT_OGG, lossy: SF_FORMAT_OPUS, longestComment: 32_000),
    // MPEG layer III by number: headers before libsndfile 1.1 have no name for it.
    SoundContainer(extensions: ["mp3"], number: 0x23_0000, lossy: 0x0082),
    SoundContainer(extensions: ["aiff", "aif"], number: SF_FORMAT_AIFF, longestComment: 8000),
    SoundContainer(extensions: ["au", "snd"], number: SF_FORMAT_AU, longestComment: nil),
    SoundContainer(extensions: ["caf"], number: SF_FORMAT_CAF, longestComment: 1000),
    SoundContainer(extensions: ["w64"], number: SF_FORMAT_W64, longestComment: nil),
    SoundContainer(extensions: ["rf64"], number: SF_FORMAT_RF64, longestComment: 32_000),
  ]
}

extension BitDepth {
  /// libsndfile's number for the encoding.
  var number: Int {
    switch self {
    case .int16: SF_FORMAT_PCM_16
    case .int24: SF_FORMAT_PCM_24
    case .float32: SF_FORMAT_FLOAT
    }
  }
}
