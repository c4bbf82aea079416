internal import CFFmpeg

/// Picks the stream that is meant, where a file has several of a kind.
///
/// A player's rule: what is marked as the default, then what lasts longest, then what comes first. Covers
/// are no moving pictures, marked or not.
struct StreamPicker {
  /// The stream's index; nil if there is none of the kind.
  let index: Int?
  /// What else could have been taken, in words; nil where there was no choice.
  private(set) var note: String?

  /// One stream that could be meant.
  private struct Candidate {
    let index: Int
    let seconds: Double
    let isDefault: Bool
    let codec: String

    var words: String { "\(index) (\(codec), \((seconds * 100).rounded() / 100) s)" }
  }

  /// - Parameters:
  ///   - container: its streams are known
  ///   - kind: of the stream; nil for any
  ///   - options: may have the index of a stream of moving pictures
  ///   - path: the file's
  /// - Throws: that the stream that was asked for is no video
  init(
    _ container: UnsafeMutablePointer<AVFormatContext>, kind: AVMediaType?, _ options: VideoOptions,
    path: String
  ) throws(MediaError) {
    var found = Self.candidates(container, kind)
    if let wanted = options.stream, kind == AVMEDIA_TYPE_VIDEO {
      guard found.contains(where: { $0.index == wanted }) else {
        throw .noStream(path: path, wanted: wanted, found: found.map(\.index))
      }
      index = wanted
      return
    }
    if kind == AVMEDIA_TYPE_VIDEO, found.count > 1 {
      let pictures = try Self.single(found.map(\.index), in: container, options, path: path)
      if pictures.count < found.count { found.removeAll { pictures.contains($0.index) } }
    }
    let defaults = found.filter(\.isDefault)
    let rest = defaults.isEmpty ? found : defaults
    // Tracks of one length differ by a frame or two.
    let longest = rest.map(\.seconds).max() ?? 0
    let taken = kind == nil ? found.first : rest.first { $0.seconds >= longest - 0.5 }
    index = taken?.index
    guard let taken, kind == AVMEDIA_TYPE_VIDEO, found.count > 1 else { return }
    let others = found.filter { $0.index != taken.index }.map(\.words)
    note =
      "'\(path)' has several videos: taking stream \(taken.words), not "
      + "\(others.joined(separator: ", ")); --video-stream takes another"
  }

  private static func candidates(
    _ container: UnsafeMutablePointer<AVFormatContext>, _ kind: AVMediaType?
  ) -> [Candidate] {
    (0..<Int(container.pointee.nb_streams)).compactMap { index in
      // Safe: FFmpeg promises nb_streams entries.
      guard let stream = container.pointee.streams[index],
        let parameters = stream.pointee.codecpar,
        kind == nil || parameters.pointee.codec_type == kind,
        stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
      else { return nil }
      return Candidate(
        index: index, seconds: seconds(stream, in: container),
        isDefault: stream.pointee.disposition & AV_DISPOSITION_DEFAULT != 0,
        codec: String(cString: avcodec_get_name(parameters.pointee.codec_id)))
    }
  }

  /// How long a stream lasts: what the container says of it, or tags that Matroska's writers add, or all
  /// of the file.
  private static func seconds(
    _ stream: UnsafeMutablePointer<AVStream>, in container: UnsafeMutablePointer<AVFormatContext>
  ) -> Double {
    let base = stream.pointee.time_base
    if stream.pointee.duration > 0, base.den > 0 {
      return Double(stream.pointee.duration) * Double(base.num) / Double(base.den)
    }
    let tag = FileMetadata.entries(stream.pointee.metadata)
      .first { $0.key == "duration" || $0.key.hasPrefix("duration-") }
    let parts = tag?.value.split(separator: ":").compactMap { Double($0) } ?? []
    if parts.count == 3 { return parts.reduce(0) { $0 * 60 + $1 } }
    return max(0, Double(container.pointee.duration) / Double(AV_TIME_BASE))
  }

  /// Those of some streams that have one picture, of a format for stills.
  private static func single(
    _ indices: [Int], in container: UnsafeMutablePointer<AVFormatContext>,
    _ options: VideoOptions, path: String
  ) throws(MediaError) -> Set<Int> {
    let pictures = indices.filter { index in
      // FFmpeg 7 finds a still beside the moving pictures of AVIF.
      container.pointee.streams[index].map { StillImage.isFormat(container, $0) } ?? false
    }
    guard !pictures.isEmpty else { return [] }
    let counts = try Demuxer.countPackets(of: Set(pictures), path: path, options, upTo: 2)
    return Set(pictures.filter { counts[$0, default: 0] < 2 })
  }
}
