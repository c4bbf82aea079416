import MMAudioMedia

/// Small pictures of a video, evenly spaced in time.
struct Thumbnails {
  /// Pictures of a video that moves.
  static let count = 10
  private static let side = 240.0

  /// JPEG files; the time of each is the middle of its part of the time.
  let pictures: [[UInt8]]
  /// Width over height.
  let aspect: Double

  /// - Parameters:
  ///   - path: of the video, or of a still image, which has one picture
  ///   - options: which of its videos is meant
  ///   - seconds: how much of it is shown; the last picture is held if it is shorter
  /// - Throws: `MediaError` if it cannot be read, `PictureError` if FFmpeg cannot write JPEG
  init(video path: String, options: VideoOptions = VideoOptions(), seconds: Double) throws {
    let reader = try VideoReader(path: path, options: options)
    let count = reader.isStillImage ? 1 : Self.count
    var pictures: [[UInt8]] = []
    var aspect = 1.0
    var latest: [UInt8] = []
    var instants = 0
    // Every second instant is the middle of a part.
    try reader.readFrames(rates: [2 * Double(count) / seconds], until: seconds) { frame, takes in
      let (width, height) = (Double(frame.width), Double(frame.height))
      let scale = min(Self.side / max(width, height), 1)
      aspect = width / height
      latest = try PictureEncoder.jpeg(
        frame, width: max(Int(width * scale), 1), height: max(Int(height * scale), 1))
      for instant in instants..<instants + takes[0] where instant % 2 == 1 {
        pictures.append(latest)
      }
      instants += takes[0]
    }
    let missing = max(count - pictures.count, 0)
    self.pictures = pictures.prefix(count) + Array(repeating: latest, count: missing)
    self.aspect = aspect
  }
}
