import Foundation
import MMAudioMedia
import Synchronization

/// The beginning of the next clip's video, read on a thread of its own while a clip before it is computed.
final class FramesAhead: Sendable {
  private typealias Frames = Result<FrameStream, any Error>

  /// One video that is being read, or has been.
  private final class Reading: Sendable {
    let wanted: FrameStream.Wanted
    private let frames = Mutex<Frames?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    init(_ wanted: FrameStream.Wanted) {
      self.wanted = wanted
      Thread.detachNewThread { [self] in
        frames.withLock { frames in
          frames = Result {
            var frames = try FrameStream(wanted)
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

  /// Starts to read the first piece of a video that the encoders get; ``take(_:)`` throws what goes wrong.
  ///
  /// - Parameter wanted: of the video
  func begin(_ wanted: FrameStream.Wanted) {
    reading.withLock { $0 = Reading(wanted) }
  }

  /// The video, further on if it was begun.
  ///
  /// - Throws: what is wrong with the file
  func take(_ wanted: FrameStream.Wanted) throws -> FrameStream {
    let begun = reading.withLock { $0.take() }
    guard let begun, begun.wanted == wanted, let frames = begun.take() else {
      return try FrameStream(wanted)
    }
    return try frames.get()
  }
}
