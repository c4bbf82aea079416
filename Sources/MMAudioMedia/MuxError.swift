/// Why a video cannot get its sound.
public enum MuxError: Error, Equatable {
  /// The output's extension is none of a video container; `supported` lists those.
  case unknownExtension(path: String, found: String, supported: [String])
  /// The output's container cannot hold the input's video.
  case videoCodec(path: String, codec: String)
  /// The output's container cannot hold sound that the input has and that is to be kept.
  case audioCodec(path: String, codec: String)
  /// This FFmpeg has no encoder for the container's sound.
  case noEncoder(path: String, encoder: String)
  /// This FFmpeg cannot decode the input's sound; `reason` is FFmpeg's.
  case noDecoder(path: String, codec: String, reason: String)
  /// The encoder refuses the sample rate; `reason` is FFmpeg's.
  case sampleRate(path: String, sampleRate: Int, reason: String)
  /// The gain is infinite or not a number.
  case gain(found: Double)
  /// A sample is infinite or not a number.
  case notFinite(path: String, index: Int)
  /// FFmpeg refuses a packet or the file's header; `reason` is FFmpeg's.
  case refused(path: String, reason: String)
}

extension MuxError: CustomStringConvertible {
  /// One line: what happened, what was expected, what to do.
  public var description: String {
    switch self {
    case .unknownExtension(let path, let found, let supported):
      "'\(path)' has \(found.isEmpty ? "no extension" : "the extension '\(found)'"), expected "
        + "one of \(supported.joined(separator: ", ")); rename the output"
    case .videoCodec(let path, let codec):
      "'\(path)' cannot hold the input's \(codec) video; choose the extension mkv or mov, or wav "
        + "for the sound alone"
    case .audioCodec(let path, let codec):
      "'\(path)' cannot hold the input's \(codec) sound; "
        + "choose the extension mkv, or pass --original-audio mix or drop"
    case .noEncoder(let path, let encoder):
      "'\(path)' needs the encoder \(encoder), which this FFmpeg lacks; "
        + "choose another extension, or install an FFmpeg with it"
    case .noDecoder(let path, let codec, let reason):
      "'\(path)' has \(codec) sound, which this FFmpeg cannot decode (\(reason)); "
        + "pass --original-audio keep or drop"
    case .sampleRate(let path, let sampleRate, let reason):
      "'\(path)' cannot hold sound of \(sampleRate) Hz (\(reason)); "
        + "choose another --sample-rate, such as 48000, or the extension wav"
    case .gain(let found):
      "the gain of the original sound is \(found), expected a finite number of decibels; "
        + "pass one such as --mix-gain -6"
    case .notFinite(let path, let index):
      "'\(path)' is not written, sample \(index) is not a finite number; "
        + "the model's weights may be damaged: run `mmaudio convert` again"
    case .refused(let path, let reason):
      "'\(path)' cannot be written as FFmpeg refuses the input's streams (\(reason)); "
        + "choose another container, such as mkv, or the extension wav for the sound alone"
    }
  }
}
