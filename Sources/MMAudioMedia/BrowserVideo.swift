internal import CFFmpeg

/// Whether web browsers play a video file, by what is in it.
public enum BrowserVideo: Equatable, Sendable {
  /// Most do, under this media type.
  case playable(mediaType: String)
  /// Some do not; `reason` is a part of a sentence, such as `its pictures are hevc`.
  case unplayable(reason: String)

  /// Looks into a file.
  ///
  /// - Parameter path: a file on this machine; its extension tells the container
  /// - Throws: what is wrong with the file
  public init(path: String) throws(MediaError) {
    let demuxer = try Demuxer(path: path)
    guard let parameters = demuxer.stream.pointee.codecpar else { throw .noVideo(path: path) }
    let codec = parameters.pointee.codec_id
    let name = String(cString: avcodec_get_name(codec))
    let format = AVPixelFormat(parameters.pointee.format)
    let fileExtension = pathExtension(of: path)
    guard let (mediaType, codecs) = Self.containers[fileExtension] else {
      self = .unplayable(reason: "it is a .\(fileExtension) file")
      return
    }
    guard codecs.contains(codec.rawValue) else {
      self = .unplayable(reason: "its pictures are \(name)")
      return
    }
    // Profiles of H.264 for studios have other samples.
    guard codec != AV_CODEC_ID_H264 || [AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P].contains(format)
    else {
      let pixels = av_get_pix_fmt_name(format).map { String(cString: $0) } ?? "unknown"
      self = .unplayable(reason: "its pictures are \(name) with \(pixels) pixels")
      return
    }
    self = .playable(mediaType: mediaType)
  }

  /// By extension: the media type, and the video codecs that go with it.
  private static var containers: [String: (mediaType: String, codecs: [UInt32])] {
    let mp4 = ("video/mp4", [AV_CODEC_ID_H264, AV_CODEC_ID_AV1].map(\.rawValue))
    let webm = (
      "video/webm", [AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_AV1].map(\.rawValue)
    )
    return ["mp4": mp4, "m4v": mp4, "webm": webm]
  }
}
