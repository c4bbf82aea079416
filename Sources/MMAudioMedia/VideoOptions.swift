/// How a file is read as a video, where it leaves a choice.
public struct VideoOptions: Sendable, Equatable {
  /// Index of the stream among all streams of the file, as `ffprobe` counts them; nil for the one that
  /// players would show.
  public var stream: Int?

  /// Pictures a second of a ``PictureSequence``, or of a raw stream that does not say; nil for what the
  /// file says.
  public var frameRate: Double?

  /// Options that leave to the file what is not given.
  ///
  /// - Parameters:
  ///   - stream: index of the stream
  ///   - frameRate: pictures a second
  public init(stream: Int? = nil, frameRate: Double? = nil) {
    self.stream = stream
    self.frameRate = frameRate
  }
}
