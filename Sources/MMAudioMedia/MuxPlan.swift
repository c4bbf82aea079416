internal import CFFmpeg

/// Which streams of a video go into the output, found out by trying them one by one.
struct MuxPlan: Sendable {
  /// Indices of the input's streams in the order of the output.
  private(set) var copies: [Int] = []
  /// Those of them whose subtitles are converted to what the container holds.
  private(set) var conversions: Set<Int> = []
  /// What the output does without, in words.
  private(set) var leftOut: [String] = []
  /// Whether the input has sound.
  private(set) var hasSound = false

  /// - Parameters:
  ///   - demuxer: the input
  ///   - container: what is to be written
  ///   - keepsSound: whether the input's sound is copied too
  ///   - path: the output's, for errors
  /// - Throws: that the container cannot hold the video or the sound
  init(
    _ demuxer: borrowing Demuxer, into container: MuxContainer, keepsSound: Bool, path: String
  ) throws(MuxError) {
    var sounds: [Int] = []
    var others: [Int] = []
    let video = Int(demuxer.stream.pointee.index)
    for index in 0..<Int(demuxer.container.pointee.nb_streams) {
      // Safe: FFmpeg promises nb_streams entries.
      guard let stream = demuxer.container.pointee.streams[index],
        let parameters = stream.pointee.codecpar
      else { continue }
      let type = parameters.pointee.codec_type
      let isSound = type == AVMEDIA_TYPE_AUDIO
      hasSound = hasSound || isSound
      if isSound && !keepsSound { continue }
      // QuickTime's track of chapter titles, which is made anew from the chapters.
      if stream.pointee.discard.rawValue >= AVDISCARD_ALL.rawValue { continue }
      let codec = Self.codec(parameters)
      let isSlide = index == video && Self.isUnplayable(stream, in: container)
      if !isSlide, Self.holds(container, stream) {
        if Self.losesRotation(stream, in: container) {
          leftOut.append(
            "the rotation of stream \(index), which \(container.fileExtension) cannot hold")
        }
        if Self.losesAlpha(stream, in: container) {
          leftOut.append(
            "the transparency of stream \(index), which \(container.fileExtension) cannot hold")
        }
        if isSound { sounds.append(index) } else if index != video { others.append(index) }
      } else if index == video {
        throw .videoCodec(path: path, codec: codec)
      } else if isSound {
        throw .audioCodec(path: path, codec: codec)
      } else if type == AVMEDIA_TYPE_SUBTITLE, Self.converts(stream, for: container) {
        others.append(index)
        conversions.insert(index)
        if parameters.pointee.codec_id == AV_CODEC_ID_ASS {
          leftOut.append("the look of the subtitles in stream \(index), whose words are converted")
        }
      } else if !Self.isTimecode(stream) {
        let kind = av_get_media_type_string(type).map { String(cString: $0) } ?? "unknown"
        leftOut.append(
          "stream \(index) (\(kind), \(codec)), which \(container.fileExtension) cannot hold")
      }
    }
    copies = [video] + sounds + others
  }

  /// Whether the container takes the stream's header.
  private static func holds(
    _ container: MuxContainer, _ stream: UnsafeMutablePointer<AVStream>
  ) -> Bool {
    // libavformat takes a cover for mov and does not write it.
    let isCover = stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0
    guard !isCover || container.holdsCovers else { return false }
    do throws(FFmpegFailure) {
      let trial = try OutputContainer(container, path: nil)
      _ = try trial.addCopy(of: stream)
      try trial.writeHeader()
      return true
    } catch { return false }
  }

  /// Whether pictures are of a format that FFmpeg writes into mp4, and players do not show there.
  private static func isUnplayable(
    _ stream: UnsafeMutablePointer<AVStream>, in container: MuxContainer
  ) -> Bool {
    container.format == "mp4" && StillImage.hasFormat(stream)
      && stream.pointee.codecpar.pointee.codec_id != AV_CODEC_ID_MJPEG
  }

  /// Whether the words of a stream can be put into the container's own format.
  private static func converts(
    _ stream: UnsafeMutablePointer<AVStream>, for container: MuxContainer
  ) -> Bool {
    do throws(FFmpegFailure) {
      let converter = try SubtitleConverter(stream, to: container.subtitleEncoder)
      let trial = try OutputContainer(container, path: nil)
      _ = try trial.addCopy(of: stream, by: converter)
      try trial.writeHeader()
      return true
    } catch { return false }
  }

  /// Whether a stream is QuickTime's track of time codes, which muxers make of the pictures' metadata.
  private static func isTimecode(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
    let name = Array("tmcd".utf8)
    let tag = stream.pointee.codecpar.pointee.codec_tag
    return (0..<4).allSatisfy { tag >> (8 * $0) & 255 == UInt32(name[$0]) }
  }

  /// Whether transparency that stands beside the pictures, as VP8 and VP9 have it, would be lost.
  private static func losesAlpha(
    _ stream: UnsafeMutablePointer<AVStream>, in container: MuxContainer
  ) -> Bool {
    container.isQuickTime && FileMetadata.entries(stream.pointee.metadata)["alpha_mode"] == "1"
  }

  /// Whether pictures that are shown turned would lie.
  private static func losesRotation(
    _ stream: UnsafeMutablePointer<AVStream>, in container: MuxContainer
  ) -> Bool {
    // Safe: the shim checked that nine values are there.
    guard !container.isQuickTime, mmaudio_matroska_holds_rotation() == 0,
      let matrix = mmaudio_display_matrix(stream)
    else { return false }
    let values = Array(UnsafeBufferPointer(start: matrix, count: 9))
    return Orientation(displayMatrix: values) != .upright
  }

  private static func codec(_ parameters: UnsafePointer<AVCodecParameters>) -> String {
    parameters.pointee.codec_id == AV_CODEC_ID_NONE
      ? "unknown" : String(cString: avcodec_get_name(parameters.pointee.codec_id))
  }
}
