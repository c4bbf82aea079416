/// Why audio cannot be written the way it was asked for.
public enum AudioError: Error, Equatable {
  /// The output's extension is none that libsndfile writes here; `supported` lists those.
  case unknownExtension(path: String, found: String, supported: [String])
  /// The format has no samples of this depth.
  case bitDepth(path: String, depth: BitDepth)
  /// The encoder refuses the sample rate or something else; `reason` is libsndfile's.
  case refused(path: String, sampleRate: Int, reason: String)
  /// A sample is infinite or not a number.
  case notFinite(path: String, index: Int)
}

extension AudioError: CustomStringConvertible {
  /// One line: what happened, what was expected, what to do.
  public var description: String {
    switch self {
    case .unknownExtension(let path, let found, let supported):
      "'\(path)' has \(found.isEmpty ? "no extension" : "the extension '\(found)'"), expected "
        + "one of \(supported.joined(separator: ", ")), or for a video with its sound "
        + "\(MuxContainer.all.map(\.fileExtension).joined(separator: ", ")); rename the output, "
        + "or name a format with --format"
    case .bitDepth(let path, let depth):
      "'\(path)' cannot hold \(depth) samples; choose another --bit-depth or the extension wav"
    case .refused(let path, let sampleRate, let reason):
      "'\(path)' cannot be encoded at \(sampleRate) Hz (\(reason)); "
        + "choose another --sample-rate, or the extension wav or flac"
    case .notFinite(let path, let index):
      "'\(path)' is not written, sample \(index) is not a finite number; "
        + "the model's weights may be damaged: run `mmaudio convert` again"
    }
  }
}
