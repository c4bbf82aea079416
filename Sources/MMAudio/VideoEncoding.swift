import MMAudioKernels
import MMAudioMedia

/// Which part of a video a sound is for.
public struct VideoCoverage: Sendable, Equatable {
  /// Seconds of video that were read: all of it, unless less was asked for.
  public let videoSeconds: Double
  /// Seconds of video that the sound was made for.
  public let soundSeconds: Double
  /// Seconds that the video was played on, backwards and forwards, to fill the last window.
  public let mirroredSeconds: Double
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
    let stated = min(longest, video.seconds)
    var encoding = VideoEncoding(
      self, request, expected: request.plan(end: stated, pictures: stated, rate: rate),
      statedEnd: stated)
    while try frames.read(syncFrames: encoding.framesOfNextPiece) {
      try encoding.encodePiece(&frames)
    }
    let end = min(request.seconds ?? .infinity, video.seconds)
    let plan = request.plan(
      end: end, pictures: min(frames.clip.seconds, frames.sync.seconds), rate: rate)
    return try encoding.finish(&frames, plan: plan, of: video.seconds, end: end)
  }

  /// One picture's CLIP features for all of the time, and the learned empty sync features, as the
  /// reference's experimental image mode has it.
  private func imageFeatures(
    _ frames: inout FrameStream, request: GenerationRequest, rate: AudioRate
  ) throws -> VideoFeatures {
    let plan = request.plan(
      end: request.seconds ?? request.window, pictures: .infinity, rate: rate)
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

  /// What is to be read of its video, if it has one.
  var frames: FrameStream.Wanted? {
    video.map {
      FrameStream.Wanted(path: $0, options: videoOptions, seconds: mostSeconds, window: window)
    }
  }

  /// The windows of a sound for a video or a still image.
  ///
  /// Where there are pictures for a window and nothing but a rest behind it, the window is the reference's. In
  /// windows of any other kind, tokens come at their time.
  ///
  /// - Parameters:
  ///   - end: seconds at which the sound ends
  ///   - pictures: seconds that both encoders have pictures for
  ///   - rate: of the latents
  /// - Returns: the windows, and what their sound is cut to
  func plan(end: Double, pictures: Double, rate: AudioRate) -> WindowPlan {
    let lengths = SequenceLengths(timedWindow: window, rate: rate)
    let (rest, roundingError) = (end - window, 1e-6)
    if rest > Self.longestRest + roundingError {
      return WindowPlan(
        covering: end, lengths: lengths, window: window, overlap: overlap, rate: rate)
    }
    guard rest > -roundingError, pictures >= window else {
      return WindowPlan(lengths, soundSeconds: end)
    }
    return WindowPlan(
      SequenceLengths(seconds: window, rate: rate), soundSeconds: rest > roundingError ? end : nil)
  }

  /// Seconds behind a window that are not worth a second one: two pictures at 25 a second.
  private static let longestRest = 0.08

  /// The windows of a sound from a prompt alone.
  func planWithoutVideo(rate: AudioRate) -> WindowPlan {
    let seconds = seconds ?? window
    guard seconds > window else { return WindowPlan(seconds: seconds, rate: rate) }
    return WindowPlan(
      covering: seconds, lengths: SequenceLengths(seconds: window, rate: rate), window: window,
      overlap: overlap, rate: rate)
  }
}

/// Both encoders at work on a video of any length.
struct VideoEncoding {
  /// Seconds of video that are encoded at a time.
  static let pieceSeconds = 8.0
  /// Sync frames that the first piece is encoded from.
  static let pieceFrames = Int(pieceSeconds * SequenceLengths.syncFrameRate)
  /// Segments of a piece.
  private static let pieceSegments = SequenceLengths.segments(frames: pieceFrames)
  /// Frames before the end that the last of several windows may see played backwards: it reaches past the
  /// end by less than a step, its last segment by less than two.
  private static let mirroredFrames = 4 * SequenceLengths.syncSegmentStep

  private let stages: Stages
  private let request: GenerationRequest
  /// CLIP frames and sync segments that there will be, as far as the container tells.
  private let expected: (clip: Int, segments: Int)
  private var clip: [Tensor] = []
  private var sync: [Tensor] = []
  private var clipCount = 0
  private var segmentCount = 0

  init(
    _ stages: Stages, _ request: GenerationRequest, expected plan: WindowPlan, statedEnd: Double
  ) {
    self.stages = stages
    self.request = request
    let seen = SequenceLengths.instants(
      before: statedEnd, rate: SequenceLengths.clipFrameRate)
    expected = (
      min(seen, plan.total.clip), SequenceLengths.segments(tokens: plan.total.sync)
    )
  }

  /// Sync frames that have to come before a piece can be encoded.
  var framesOfNextPiece: Int {
    SequenceLengths.frames(segments: segmentCount + Self.pieceSegments)
  }

  /// Encodes a piece, and drops the frames that are not needed again.
  mutating func encodePiece(_ frames: inout FrameStream) throws {
    let clipPiece = Int(Self.pieceSeconds * SequenceLengths.clipFrameRate)
    try encodeClip(&frames.clip, upTo: min(frames.clip.total, clipCount + clipPiece))
    try encodeSync(frames.sync, upTo: segmentCount + Self.pieceSegments) { $0 }
    // The next segment shares frames with this one. Of a video that may turn out shorter than a window, as
    // much is played again as a piece has.
    let isShort = frames.sync.seconds < request.window
    let swing = isShort ? Self.pieceFrames : Self.mirroredFrames
    frames.sync.drop(
      before: min(segmentCount * SequenceLengths.syncSegmentStep, frames.sync.total - swing))
  }

  /// Encodes the rest, plays the video on where windows reach past its end, and drops what no window looks
  /// at.
  mutating func finish(
    _ frames: inout FrameStream, plan: WindowPlan, of videoSeconds: Double, end: Double
  ) throws -> VideoFeatures {
    let clipOrder = FrameOrder(
      came: frames.clip.total, end: end, rate: SequenceLengths.clipFrameRate)
    let syncOrder = FrameOrder(
      came: frames.sync.total, end: end, rate: SequenceLengths.syncFrameRate)
    try encodeClip(&frames.clip, upTo: min(clipOrder.count, plan.total.clip))
    let segments = SequenceLengths.segments(tokens: plan.total.sync)
    while segmentCount < segments {
      try encodeSync(frames.sync, upTo: min(segments, segmentCount + Self.pieceSegments)) {
        syncOrder[$0]
      }
    }
    let lastWindow = plan.windows[plan.windows.count - 1].sync.lowerBound
    let lastStart =
      Double(lastWindow / SequenceLengths.syncTokensPerSegment) * WindowPlan.step
    return VideoFeatures(
      clip: request.maskVideo
        ? nil : gatherRows(concatenated(clip), (0..<plan.total.clip).map { clipOrder[$0] }),
      sync: concatenated(sync)[0..<plan.total.sync], plan: plan,
      span: VideoCoverage(
        videoSeconds: videoSeconds, soundSeconds: end,
        mirroredSeconds: syncOrder.secondsBehindEnd(before: lastStart + request.window)))
  }

  /// Says that the video can be read, when the first pictures are about to be used.
  private func reportReading() throws {
    if clipCount == 0, segmentCount == 0 { try stages.report(.readVideo, 1, 1) }
  }

  private mutating func encodeClip(_ frames: inout FrameStack, upTo end: Int) throws {
    guard end > clipCount else { return }
    try reportReading()
    let before = clipCount
    frames.drop(before: before)
    if !request.maskVideo {
      clip.append(
        try stages.clipFeatures(frames.bytes, count: end - before) { done in
          try stages.report(.encodeFrames, before + done, max(expected.clip, end))
        })
    }
    clipCount = end
    frames.drop(before: end)
  }

  /// Encodes the next segments, up to one, over the frames that stand at their instants.
  private mutating func encodeSync(
    _ frames: FrameStack, upTo end: Int, order: (Int) -> Int
  ) throws {
    try reportReading()
    let before = segmentCount
    let instants =
      before * SequenceLengths.syncSegmentStep..<SequenceLengths.frames(segments: end)
    sync.append(
      try stages.syncFeatures(frames.bytes(of: instants.map(order)), count: instants.count) {
        done, _ in
        try stages.report(.encodeMotion, before + done, max(expected.segments, end))
      })
    segmentCount = end
  }
}
