import MMAudioMedia

/// FFmpeg and libsndfile: what they are and what they lack.
enum LibraryCheck {
  static var findings: [Finding] {
    let formats = AudioWriter.formats
    return [
      finding("FFmpeg", MediaSupport.ffmpegVersion + " reads", MediaSupport.decoders),
      finding("FFmpeg", MediaSupport.ffmpegVersion + " writes", MediaSupport.encoders),
      Finding(
        state: formats.contains("wav") ? .ok : .bad, subject: "libsndfile",
        text: "\(MediaSupport.sndfileVersion) writes \(formats.joined(separator: ", "))"),
    ]
  }

  /// All codecs of a kind on a line.
  static func finding(
    _ subject: String, _ start: String, _ codecs: [(name: String, isHere: Bool)]
  ) -> Finding {
    let here = codecs.filter(\.isHere).map(\.name).joined(separator: ", ")
    let missing = codecs.filter { !$0.isHere }.map(\.name).joined(separator: ", ")
    guard !missing.isEmpty else {
      return Finding(state: .ok, subject: subject, text: "\(start) \(here)")
    }
    return Finding(
      state: here.isEmpty ? .bad : .warning, subject: subject,
      text:
        "\(start) \(here.isEmpty ? "none of these" : here), not \(missing); install FFmpeg's full libraries"
    )
  }
}
