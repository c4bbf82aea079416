internal import CFFmpeg
internal import CSndfile

/// What the media libraries on this machine can read and write.
public enum MediaSupport {
  /// FFmpeg's version, as it names itself.
  public static let ffmpegVersion = String(cString: av_version_info())
  /// libsndfile's version, as it names itself: `libsndfile-1.2.0`.
  public static let sndfileVersion = String(cString: sf_version_string())

  /// Usual video codecs, and whether this FFmpeg decodes them.
  public static var decoders: [(name: String, isHere: Bool)] {
    [
      ("h264", AV_CODEC_ID_H264), ("hevc", AV_CODEC_ID_HEVC), ("vp8", AV_CODEC_ID_VP8),
      ("vp9", AV_CODEC_ID_VP9), ("av1", AV_CODEC_ID_AV1), ("prores", AV_CODEC_ID_PRORES),
      ("mpeg4", AV_CODEC_ID_MPEG4), ("mjpeg", AV_CODEC_ID_MJPEG), ("png", AV_CODEC_ID_PNG),
    ].map { name, codec in (name, avcodec_find_decoder(codec) != nil) }
  }

  /// The encoders that put sound into videos, and whether this FFmpeg has them.
  public static var encoders: [(name: String, isHere: Bool)] {
    let names = Set(MuxContainer.all.map(\.encoder)).sorted()
    return names.map { ($0, avcodec_find_encoder_by_name($0) != nil) }
  }
}
