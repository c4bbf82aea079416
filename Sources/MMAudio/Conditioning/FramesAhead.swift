import Foundation
import MMAudioMedia
import Synchronization

/// The beginning of the next clip's video, read on a thread of its own while a clip before it is computed.
final class FramesAhead: Sendable {
  private typealias Frames = Result<FrameStream, any Error>

  /// One video that is being read, or has been.
  private final class Reading: Sendable {
    let path: String
    let options: VideoOptions
    let seconds: Double
    private let frames = Mutex<Frames?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    init(_ path: String, _ options: VideoOptions, seconds: Double) {
      self.path = path
      self.options = options
      self.seconds = seconds
      Thread.detachNewThread { [self] in
        frames.withLock { frames in
          frames = Result {
            var frames = try FrameStream(path: path, options: options, seconds: seconds)
            try frames.read(syncFrames: VideoEncoding.pieceFrames)
            return frames
          }
        }
        isDone.signal()
      }
    }

    /// What was read, once it is.
    func take() -> sending Frames? {
      isDone.wait()
      return frames.withLock { frames in frames.take() }
    }
  }

  private let reading = Mutex<Reading?>(nil)

  /// Waits: a process that ends while FFmpeg is at work in it may crash.
  deinit { _ = reading.withLock { $0.take() }?.take() }

  /// Begins to read a video, as far as one piece that the encoders get at a time; its errors are told when
  /// it is taken.
  ///
  /// - Parameters:
  ///   - path: a file that FFmpeg reads
  ///   - options: which of its videos is meant
  ///   - seconds: how much of it is wanted
  func begin(_ path: String, _ options: VideoOptions, seconds: Double) {
    reading.withLock { $0 = Reading(path, options, seconds: seconds) }
  }

  /// The video, further on if it was begun.
  ///
  /// - Throws: what is wrong with the file
  func take(_ path: String, _ options: VideoOptions, seconds: Double) throws -> FrameStream {
    let begun = reading.withLock { $0.take() }
    guard let begun, begun.path == path, begun.options == options, begun.seconds == seconds,
      let frames = begun.take()
    else { return try FrameStream(path: path, options: options, seconds: seconds) }
    return try frames.get()
  }
}
