/// A kind of video file that can be written, by the output's extension.
struct MuxContainer: Sendable {
  let fileExtension: String
  /// libavformat's name.
  let format: String
  /// libavcodec's name for the encoder of the sound.
  let encoder: String
  /// The only rate that the encoder takes here, if there is one.
  var sampleRate: Int?

  /// Matroska attaches cover pictures as files.
  var attachesCovers: Bool { format == "matroska" }

  /// libavcodec's name for the encoder of subtitles that others can be converted to.
  var subtitleEncoder: String {
    switch format {
    case "matroska": "subrip"
    case "webm": "webvtt"
    default: "mov_text"
    }
  }

  /// Whether a cover picture has a place.
  var holdsCovers: Bool { attachesCovers || format == "mp4" }

  /// QuickTime and its heir keep their index at the end unless told otherwise.
  var isQuickTime: Bool { format == "mp4" || format == "mov" }

  static let all = [
    MuxContainer(fileExtension: "mp4", format: "mp4", encoder: "aac"),
    // "ipod", FFmpeg's own choice for m4v, would refuse half of the codecs.
    MuxContainer(fileExtension: "m4v", format: "mp4", encoder: "aac"),
    MuxContainer(fileExtension: "mov", format: "mov", encoder: "aac"),
    MuxContainer(fileExtension: "mkv", format: "matroska", encoder: "aac"),
    MuxContainer(fileExtension: "webm", format: "webm", encoder: "libopus", sampleRate: 48_000),
  ]

  /// The container of a name.
  static func named(_ name: String) -> MuxContainer? { all.first { $0.fileExtension == name } }
}
