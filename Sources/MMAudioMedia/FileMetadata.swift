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
      "copyright", "description", "synopsis", "creation_time",
    ],
    "mov": ["title", "artist", "album", "date", "comment", "genre", "copyright", "creation_time"],
  ]
  /// Bytes of a value that have room in the places of mov, which count them in 16 bits.
  private static let longestInMov = 60_000

  /// Gives the output the input's entries and a comment.
  ///
  /// - Parameters:
  ///   - output: gets them
  ///   - input: the input's
  ///   - comment: becomes the synopsis if the input has a comment of its own
  ///   - format: libavformat's name of the output's
  /// - Returns: whether mp4 or mov has no place of its own for one of them
  /// - Throws: that no memory is left
  static func copy(
    to output: UnsafeMutablePointer<AVFormatContext>,
    from input: UnsafeMutablePointer<AVFormatContext>,
    adding comment: String?, format: String
  ) throws(FFmpegFailure) -> Bool {
    try FFmpegFailure.check(av_dict_copy(&output.pointee.metadata, input.pointee.metadata, 0))
    for key in ownKeys { av_dict_set(&output.pointee.metadata, key, nil, 0) }
    if let comment {
      // Names are the same in capitals, as Matroska writes them.
      let isTaken = av_dict_get(output.pointee.metadata, "comment", nil, 0) != nil
      try FFmpegFailure.check(
        av_dict_set(&output.pointee.metadata, isTaken ? "synopsis" : "comment", comment, 0))
    }
    guard let common = commonKeys[format] else { return false }
    return entries(output.pointee.metadata).contains { key, value in
      !common.contains(key) || format == "mov" && value.utf8.count > longestInMov
    }
  }

  /// The entries of a dictionary of FFmpeg's, with names in small letters.
  static func entries(_ dictionary: OpaquePointer?) -> [String: String] {
    var result: [String: String] = [:]
    var entry = av_dict_get(dictionary, "", nil, AV_DICT_IGNORE_SUFFIX)
    while let found = entry {
      // Safe: the two strings live as long as the dictionary.
      if let key = found.pointee.key, let value = found.pointee.value {
        result[String(cString: key).lowercased()] = String(cString: value)
      }
      entry = av_dict_get(dictionary, "", found, AV_DICT_IGNORE_SUFFIX)
    }
    return result
  }
}
