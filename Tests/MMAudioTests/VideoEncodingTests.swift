import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// What becomes of videos that are shorter than a window, or end inside one.
@Suite struct VideoEncodingTests {
  private let scratch: ScratchFolder
  private let models: ModelFolder
  private let variant: ModelVariant

  init() throws {
    scratch = try ScratchFolder()
    models = ModelFolder(path: try SyntheticWeights.sharedModels().path)
    variant = try #require(ModelVariant(named: "small_16k"))
  }

  /// A video of 25 pictures a second, each lighter than the one before it.
  private func video(frames: Int) throws -> String {
    let pictures = (0..<frames).flatMap { index in
      Array("FRAME\n".utf8) + [UInt8](repeating: UInt8(index * 5 % 256), count: 16 * 16 * 3 / 2)
    }
    let header = Array("YUV4MPEG2 W16 H16 F25:1 Ip A1:1 C420jpeg\n".utf8)
    return try scratch.write(header + pictures, to: "\(frames).y4m").path
  }

  private func request(_ video: String, window: Double = 8) -> GenerationRequest {
    var request = GenerationRequest()
    (request.video, request.window, request.steps) = (video, window, 1)
    request.overlap = 0.2
    return request
  }

  /// The features of a video, and how many frames and segments were encoded for them.
  private func features(
    _ request: GenerationRequest
  ) throws -> (features: VideoFeatures, frames: Int, segments: Int) {
    var done: [StageProgress.Stage: Int] = [:]
    let stages = Stages(models: models) { step in
      #expect(step.done <= step.total)
      done[step.stage] = step.done
    }
    let stream = try FrameStream(#require(request.frames))
    let features = try stages.videoFeatures(stream, request: request, rate: variant.rate)
    return (features, done[.encodeFrames] ?? 0, done[.encodeMotion] ?? 0)
  }

  /// What the encoders make of a whole window of frames that are already in order.
  private func expected(
    _ video: String, seconds: Double, segments: Int, clip: Int
  ) throws -> (clip: Tensor, sync: Tensor) {
    var stream = try FrameStream(.init(path: video, seconds: 100))
    try stream.read(syncFrames: .max)
    let stages = Stages(models: models) { _ in }
    let orders = [(stream.clip, 8.0), (stream.sync, 25.0)].map { frames, rate in
      FrameOrder(came: frames.total, end: seconds, rate: rate)
    }
    let frames = SequenceLengths.frames(segments: segments)
    return (
      try stages.clipFeatures(
        stream.clip.bytes(of: (0..<clip).map { orders[0][$0] }), count: clip),
      try stages.syncFeatures(
        stream.sync.bytes(of: (0..<frames).map { orders[1][$0] }), count: frames)
    )
  }

  @Test("a short video fills its window with itself; CLIP sees only its own pictures")
  func short() throws {
    let path = try video(frames: 30)
    let (found, frames, segments) = try features(request(path, window: 4))
    #expect(frames == 10 && segments == 12)
    #expect(
      found.span
        == VideoCoverage(videoSeconds: 1.2, soundSeconds: 1.2, mirroredSeconds: 2.8))
    let expected = try expected(path, seconds: 1.2, segments: 12, clip: 32)
    let clip = try #require(found.clip)
    let sync = try #require(found.sync)
    #expect(TensorDifference(clip, expected.clip).relative < 1e-5)
    #expect(TensorDifference(sync, expected.sync).relative == 0)
    #expect(sync.shape[0] == 96)
  }

  @Test("the last of several windows sees the video played backwards behind its end")
  func long() throws {
    let path = try video(frames: 50)
    let (found, frames, _) = try features(request(path, window: 1.28))
    #expect(found.plan.windows.count == 2)
    #expect(frames == 16)
    let expected = try expected(path, seconds: 2, segments: 7, clip: 18)
    #expect(found.plan.total.sync == 55)
    let sync = try #require(found.sync)
    #expect(TensorDifference(sync, expected.sync[0..<55]).relative < 1e-5)
    #expect(try #require(found.clip).shape[0] == 18)
    #expect(abs(try #require(found.span).mirroredSeconds - 0.24) < 1e-9)
  }

  @Test("a video that is longer than a piece but not than its window is played on from its end")
  func longWindow() throws {
    let path = try video(frames: 230)
    var request = request(path, window: 10)
    request.maskVideo = true
    let (found, frames, segments) = try features(request)
    #expect(frames == 0 && segments == 30)
    let expected = try expected(path, seconds: 9.2, segments: 30, clip: 1)
    let difference = TensorDifference(try #require(found.sync), expected.sync)
    #expect(difference.relative < 1e-5)
  }

  @Test(
    "a sound is exactly as long as its video, from one picture on",
    arguments: [(1, 640), (3, 1_920), (16, 10_240), (49, 31_360)])
  func lengths(frames: Int, samples: Int) throws {
    let pipeline = Pipeline(models: models, variant: variant)
    let sound = try pipeline(request(try video(frames: frames), window: 2)) { _ in }
    #expect(sound.takes[0].samples.count == samples)
    #expect(sound.windows == 1)
    #expect(sound.takes[0].samples.contains { $0 != 0 })
  }

  @Test("a rest of two pictures behind a window is silent, after a fade that does not click")
  func rest() throws {
    let pipeline = Pipeline(models: models, variant: variant)
    let path = try video(frames: 52)
    var request = request(path, window: 2)
    let whole = try pipeline(request) { _ in }
    #expect(whole.windows == 1)
    #expect(whole.video?.mirroredSeconds == 0)
    request.seconds = 2
    let window = try pipeline(request) { _ in }
    let (rest, reference) = (whole.takes[0].samples, window.takes[0].samples)
    // The reference's length, which is a whole number of latents.
    #expect(reference.count == 63 * 512)
    #expect(rest.count == 33_280)
    let isSame = rest[..<32_096] == reference[..<32_096]
    #expect(isSame)
    #expect(rest[32_255...].allSatisfy { $0 == 0 })
  }

  @Test("--duration asks for any part of a video, or of a window of a still image")
  func parts() throws {
    let pipeline = Pipeline(models: models, variant: variant)
    var request = request(try video(frames: 40), window: 1.28)
    request.seconds = 0.1
    let part = try pipeline(request) { _ in }
    #expect(part.takes[0].samples.count == 1_600)
    #expect(part.video?.soundSeconds == 0.1)
    request.video = try sharedFixtures().appendingPathComponent("videos/still.png").path
    request.seconds = nil
    let window = try pipeline(request) { _ in }.takes[0].samples
    #expect(window.count == 40 * 512)
    // The reference's sync tokens are fewer than those of a window that is cut.
    for (seconds, samples) in [(0.1, 1_600), (1.28, 20_480), (1.3, 20_800)] {
      request.seconds = seconds
      let sound = try pipeline(request) { _ in }.takes[0].samples
      #expect(sound.count == samples)
      let isReference = sound.prefix(20_000) == window.prefix(20_000)
      #expect(isReference == (seconds >= 1.28))
    }
  }

  @Test("takes of a short video are what their seeds alone give, its content seen or not")
  func takes() throws {
    let pipeline = Pipeline(models: models, variant: variant)
    var request = request(try video(frames: 20), window: 1.28)
    for masked in [false, true] {
      request.maskVideo = masked
      request.takes = 2
      let together = try pipeline(request) { _ in }
      for (index, take) in together.takes.enumerated() {
        let alone = try pipeline(request.take(index)) { _ in }.takes[0].samples
        #expect(take.samples.count == 12_800)
        #expect(zip(take.samples, alone).allSatisfy { abs($0 - $1) < 1e-4 })
      }
    }
  }

  @Test("a cache or little memory changes nothing of a short video's sound")
  func unchanged() throws {
    let request = request(try video(frames: 20), window: 1.28)
    let plain = try Pipeline(models: models, variant: variant)(request) { _ in }
    let cache = FeatureCache(url: scratch.file("features"), limit: 1 << 24)
    var small = models
    small.lowMemory = true
    for folder in [models, models, small] {
      let sound = try Pipeline(models: folder, variant: variant, cache: cache)(request) { _ in }
      let isSame = sound.takes[0].samples == plain.takes[0].samples
      #expect(isSame)
    }
  }
}
