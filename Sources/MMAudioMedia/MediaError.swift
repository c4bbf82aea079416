/// What is wrong with a media file that was to be read.
public enum MediaError: Error, Equatable {
  /// Nothing exists at the path.
  case missing(path: String)
  /// The path is an address on the network.
  case address(path: String)
  /// The path names something that cannot be opened for reading; `reason` is the system's.
  case unreadable(path: String, reason: String)
  /// The path names a folder.
  case folder(path: String)
  /// The file has no bytes.
  case empty(path: String)
  /// There are pictures, and nobody says how many are shown a second.
  case noFrameRate(path: String, pictures: Int)
  /// A picture of a folder has another name than the others, or no number.
  case notNumbered(path: String, name: String)
  /// Pictures have numbers, and the one of this name is missing.
  case pictureMissing(path: String, name: String)
  /// FFmpeg does not recognise the file or cannot read its index; `reason` is FFmpeg's.
  case notMedia(path: String, reason: String)
  /// The file holds no moving picture; cover art does not count.
  case noVideo(path: String)
  /// The stream that was asked for is no video; `found` has the indices of those that are.
  case noStream(path: String, wanted: Int, found: [Int])
  /// This FFmpeg cannot decode the codec; `reason` is FFmpeg's.
  case noDecoder(path: String, codec: String, reason: String)
  /// A picture exceeds ``VideoReader/maximumPixels`` or ``VideoReader/maximumSide``.
  case tooLarge(path: String, width: Int, height: Int)
  /// The stream ended without one picture.
  case noFrames(path: String)
  /// Every picture failed to decode; `reason` is FFmpeg's text for the last failure.
  case undecodable(path: String, codec: String, reason: String)
  /// The file is an animation in WebP, which this FFmpeg cannot decode.
  case animatedWebP(path: String)
  /// FFmpeg cannot convert the pictures to RGB.
  case unconvertible(path: String, pixelFormat: String)
}

extension MediaError: CustomStringConvertible {
  /// One line: what happened, what was expected, what to do.
  public var description: String {
    switch self {
    case .missing(let path):
      "'\(path)' does not exist, expected a video file; check the path"
    case .address(let path):
      "'\(path)' is an address, expected a video file on this machine; download it first"
    case .unreadable(let path, let reason):
      "'\(path)' cannot be read (\(reason)), expected a video file; check its permissions"
    case .folder(let path):
      "'\(path)' is a folder, expected a video file; name a file inside it"
    case .empty(let path):
      "'\(path)' is empty, expected a video file; copy or download it again"
    case .noFrameRate(let path, let pictures):
      "'\(path)' is a sequence of \(pictures) picture\(pictures == 1 ? "" : "s"), expected to be told how "
        + "many are shown a second; pass it, such as --fps 24"
    case .notNumbered(let path, let name):
      "'\(path)' has the picture '\(name)', expected names that differ in a number alone, such as "
        + "frame_0001.png; put other pictures elsewhere, or name the sequence, as in '\(path)/frame_%04d.png'"
    case .pictureMissing(let path, let name):
      "'\(path)' lacks the picture '\(name)', expected numbers without a gap; add it, or number the pictures "
        + "anew"
    case .notMedia(let path, let reason):
      "'\(path)' is not a video that FFmpeg reads (\(reason)); "
        + "if a player shows it, convert it to mp4, else copy or download it again"
    case .noVideo(let path):
      "'\(path)' has no video stream, expected a video file; "
        + "use a file with moving pictures, or leave it out and give a prompt"
    case .noStream(let path, let wanted, let found):
      "'\(path)' has no video in stream \(wanted), expected one of "
        + "\(found.map(String.init).joined(separator: ", ")); pass another --video-stream"
    case .noDecoder(let path, let codec, let reason):
      "'\(path)' is \(codec) video, which this FFmpeg cannot decode (\(reason)); "
        + "convert it to H.264"
    case .tooLarge(let path, let width, let height):
      "'\(path)' has pictures of \(width) x \(height), "
        + "expected at most \(VideoReader.maximumPixels) pixels and "
        + "\(VideoReader.maximumSide) on a side; scale it down"
    case .noFrames(let path):
      "'\(path)' has no frame in the time asked for, expected at least one; "
        + "check that a player shows its pictures"
    case .undecodable(let path, let codec, let reason):
      "'\(path)' is damaged: no frame of its \(codec) video could be decoded (\(reason)); "
        + "copy or download it again"
    case .animatedWebP(let path):
      "'\(path)' is an animated WebP, which this FFmpeg cannot decode; "
        + "convert it to mp4 or GIF, or use an FFmpeg that reads it"
    case .unconvertible(let path, let pixelFormat):
      "'\(path)' has pictures in the format \(pixelFormat), which FFmpeg cannot convert to RGB; "
        + "convert it to yuv420p"
    }
  }
}
