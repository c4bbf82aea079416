import MMAudioKernels
import MMAudioMedia

/// Which part of a video a sound is for.
public struct VideoCoverage: Sendable, Equatable {
  /// Seconds of video that were read: all of it, unless less was asked for.
  public let videoSeconds: Double
  /// Seconds of video that the sound was made for.
  public let soundSeconds: Double
  /// Seconds that the last picture was held, so that one segment of motion was there.
  public let heldSeconds: Double
}

/// What the encoders make of a video or a still image.
struct VideoFeatures {
  /// `[all clip tokens, width]`; nil if the picture's content is masked.
  let clip: Tensor?
  /// `[all sync tokens, width]`; nil for a still image, where nothing moves.
  let sync: Tensor?
  /// The windows that the tokens are for.
  let plan: WindowPlan
  /// Nil for a still image, which has no time.
  let span: VideoCoverage?
}

extension Stages {
  /// Decodes a video and runs both encoders over it, piece by piece, so that memory does not grow with
  /// its length but for the features.
  ///
  /// - Parameters:
  ///   - frames: of which nothing was dropped
  ///   - request: how much of them, in which windows, and whether their content is masked
  ///   - rate: of the latents to plan for
  /// - Returns: features for every window
  /// - Throws: `MediaError`, `RequestError` if the video is too long, what an encoder cannot do, or what
  ///   `progress` throws
  func videoFeatures(
    _ frames: FrameStream, request: GenerationRequest, rate: AudioRate
  ) throws -> VideoFeatures {
    var frames = frames
    let longest = request.mostSeconds
    guard let video = frames.span else {
      return try imageFeatures(&frames, request: request, rate: rate)
    }
    guard request.seconds != nil || video.seconds <= longest else {
      throw RequestError.tooLong(seconds: video.seconds, longest: longest)
    }
    var encoding = VideoEncoding(
      self, masksVideo: request.maskVideo,
      expected: SequenceLengths(seconds: min(longest, video.seconds), rate: rate))
    while try frames.read(syncFrames: VideoEncoding.pieceFrames) {
      try encoding.encodePiece(&frames)
    }
    let (plan, span) = request.plan(
      videoEnd: frames.end, pictures: min(frames.clip.seconds, frames.sync.seconds), rate: rate)
    return try encoding.finish(&frames, plan: plan, span: span)
  }

  /// One picture's CLIP features for all of the time, and the learned empty sync features, as the
  /// reference's experimental image mode has it.
  private func imageFeatures(
    _ frames: inout FrameStream, request: GenerationRequest, rate: AudioRate
  ) throws -> VideoFeatures {
    let plan = request.planWithoutVideo(rate: rate)
    try frames.read(syncFrames: 1)
    try report(.readVideo, 1, 1)
    let clip = request.maskVideo ? nil : try clipFeatures(frames.clip.bytes, count: 1)
    return VideoFeatures(
      clip: clip.map { gatherRows($0, Array(repeating: 0, count: plan.total.clip)) }, sync: nil,
      plan: plan, span: nil)
  }
}

extension GenerationRequest {
  /// Seconds of its video that may be wanted.
  var mostSeconds: Double { seconds ?? Self.longestSeconds }

  /// The windows of a sound for a video.
  ///
  /// A sound that fits into a window is as long as both sequences of pictures reach, as in the reference.
  /// Beyond it, all of the video is covered; only a rest of less than a sync step, which no segment of
  /// motion is about, is not worth a second window.
  ///
  /// - Parameters:
  ///   - videoEnd: seconds at which the video ends, or reading stopped
  ///   - pictures: seconds that both encoders have pictures for
  ///   - rate: of the latents
  /// - Returns: the windows, and what they are for
  func plan(
    videoEnd: Double, pictures: Double, rate: AudioRate
  ) -> (plan: WindowPlan, span: VideoCoverage) {
    let wanted = min(seconds ?? .infinity, videoEnd)
    guard wanted > window, seconds != nil || wanted - window >= WindowPlan.step else {
      let covered = min(seconds ?? .infinity, pictures, window)
      let held = max(0, Self.shortestSeconds - covered)
      return (
        WindowPlan(seconds: covered + held, rate: rate),
        VideoCoverage(videoSeconds: videoEnd, soundSeconds: covered + held, heldSeconds: held)
      )
    }
    return (
      WindowPlan(seconds: wanted, window: window, overlap: overlap, rate: rate),
      VideoCoverage(videoSeconds: videoEnd, soundSeconds: wanted, heldSeconds: 0)
    )
  }

  /// The windows of a sound without a video.
  func planWithoutVideo(rate: AudioRate) -> WindowPlan {
    WindowPlan(seconds: seconds ?? window, window: window, overlap: overlap, rate: rate)
  }
}

/// Both encoders at work on a video of any length.
struct VideoEncoding {
  /// Seconds of video that are encoded at a time.
  static let pieceSeconds = 8.0
  /// Sync frames that are in memory when a piece is encoded.
  static let pieceFrames = Int(pieceSeconds * SequenceLengths.syncFrameRate)

  private let stages: Stages
  private let masksVideo: Bool
  /// How many tokens there will be, as far as the container tells.
  private let expected: SequenceLengths
  private var clip: [Tensor] = []
  private var sync: [Tensor] = []
  private var clipCount = 0
  private var segmentCount = 0

  init(_ stages: Stages, masksVideo: Bool, expected: SequenceLengths) {
    self.stages = stages
    self.masksVideo = masksVideo
    self.expected = expected
  }

  /// Encodes and drops the frames of a piece.
  mutating func encodePiece(_ frames: inout FrameStream) throws {
    let clipPiece = Int(Self.pieceSeconds * SequenceLengths.clipFrameRate)
    try encodeClip(&frames.clip, upTo: min(frames.clip.total, clipCount + clipPiece))
    try encodeSync(&frames.sync, upTo: SequenceLengths.segments(frames: frames.sync.total))
  }

  /// Encodes the rest, holds the last picture where windows reach past it, and drops what no window
  /// looks at.
  mutating func finish(
    _ frames: inout FrameStream, plan: WindowPlan, span: VideoCoverage
  ) throws -> VideoFeatures {
    try encodeClip(&frames.clip, upTo: plan.total.clip)
    try encodeSync(
      &frames.sync, upTo: plan.total.sync / SequenceLengths.syncTokensPerSegment)
    return VideoFeatures(
      clip: masksVideo ? nil : concatenated(clip)[0..<plan.total.clip],
      sync: concatenated(sync)[0..<plan.total.sync], plan: plan, span: span)
  }

  /// Says that the video can be read, when the first pictures are about to be used.
  private func reportReading() throws {
    if clipCount == 0, segmentCount == 0 { try stages.report(.readVideo, 1, 1) }
  }

  private mutating func encodeClip(_ frames: inout FrameStack, upTo end: Int) throws {
    guard end > clipCount else { return }
    try reportReading()
    let before = clipCount
    frames.hold(until: end - frames.dropped)
    frames.dropFirst(before - frames.dropped)
    if !masksVideo {
      clip.append(
        try stages.clipFeatures(frames.bytes, count: end - before) { done in
          try stages.report(.encodeFrames, before + done, max(expected.clip, end))
        })
    }
    clipCount = end
    frames.dropFirst(end - frames.dropped)
  }

  private mutating func encodeSync(_ frames: inout FrameStack, upTo end: Int) throws {
    guard end > segmentCount else { return }
    let (before, step) = (segmentCount, SequenceLengths.syncSegmentStep)
    let last = SequenceLengths.frames(segments: end)
    frames.hold(until: last - frames.dropped)
    sync.append(
      try stages.syncFeatures(frames.bytes, count: last - before * step) { done, _ in
        try stages.report(.encodeMotion, before + done, max(expected.segments, end))
      })
    segmentCount = end
    // The next segment shares frames with this one.
    frames.dropFirst(end * step - frames.dropped)
  }
}
