/// How a file is read as a video, where it leaves a choice.
public struct VideoOptions: Sendable, Equatable {
  /// Index of the stream among all streams of the file, as `ffprobe` counts them; nil for the one that
  /// players would show.
  public var stream: Int?

  /// Options that leave all choices to the file.
  ///
  /// - Parameter stream: index of the stream, if it is chosen
  public init(stream: Int? = nil) { self.stream = stream }
}
