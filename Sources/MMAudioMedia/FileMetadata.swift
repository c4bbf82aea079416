internal import CFFmpeg

/// The metadata of a whole file, as it goes from the input to the output.
enum FileMetadata {
  /// What the muxer states itself about the file that it writes.
  private static let ownKeys: Set<String> = [
    "major_brand", "minor_version", "compatible_brands", "encoder",
  ]
  /// What mp4 and mov have a place for; other keys need Apple's table of named metadata.
  private static let commonKeys: [String: Set<String>] = [
    "mp4": [
      "title", "artist", "album_artist", "composer", "album", "date", "comment", "genre",
      "copyright", "description", "creation_time",
    ],
    "mov": ["title", "artist", "album", "date", "genre", "copyright", "creation_time"],
  ]

  /// Gives the output the input's entries and those in `added`, which win.
  ///
  /// - Parameters:
  ///   - output: gets them
  ///   - input: the input's
  ///   - added: more
  ///   - format: libavformat's name of the output's
  /// - Returns: whether mp4 or mov has no place of its own for one of them
  /// - Throws: that no memory is left
  static func copy(
    to output: UnsafeMutablePointer<AVFormatContext>,
    from input: UnsafeMutablePointer<AVFormatContext>,
    adding added: [String: String], format: String
  ) throws(FFmpegFailure) -> Bool {
    try FFmpegFailure.check(av_dict_copy(&output.pointee.metadata, input.pointee.metadata, 0))
    for key in ownKeys { av_dict_set(&output.pointee.metadata, key, nil, 0) }
    for (key, value) in added.sorted(by: { $0.key < $1.key }) {
      try FFmpegFailure.check(av_dict_set(&output.pointee.metadata, key, value, 0))
    }
    guard let common = commonKeys[format] else { return false }
    var entry = av_dict_get(output.pointee.metadata, "", nil, AV_DICT_IGNORE_SUFFIX)
    while let found = entry {
      if let key = found.pointee.key, !common.contains(String(cString: key)) { return true }
      entry = av_dict_get(output.pointee.metadata, "", found, AV_DICT_IGNORE_SUFFIX)
    }
    return false
  }
}
