import Foundation
import MMAudioMedia
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// Several clips through one pipeline.
@Suite struct PipelineTests {
  private let models: ModelFolder
  private let variant: ModelVariant

  init() throws {
    models = ModelFolder(path: try SyntheticWeights.sharedModels().path)
    variant = try #require(ModelVariant(named: "small_16k"))
  }

  private func request(_ prompt: String, video: String? = nil, seconds: Double? = 1)
    -> GenerationRequest
  {
    var request = GenerationRequest()
    request.prompt = prompt
    request.video = video
    request.seconds = seconds
    request.steps = 1
    // Shorter than some clips and longer than others.
    (request.window, request.overlap) = (1.28, 0.2)
    return request
  }

  @Test("each clip of several is what it is alone, whatever stays open", arguments: [0, 1 << 40])
  func group(keepsOpen: Int) throws {
    let still = try sharedFixtures().appendingPathComponent("videos/still.png").path
    let video = try sharedFixtures().appendingPathComponent("videos/c_10fps.webm").path
    let requests = [
      request("rain"), request("", video: video, seconds: nil), request("steps", video: video),
      request("harbour", video: still),
    ]
    let pipeline = Pipeline(models: models, variant: variant, keepsOpen: keepsOpen)
    for _ in 0..<2 {
      let together = pipeline(requests) { _, _ in }
      for (request, sound) in zip(requests, together) {
        let alone = try Pipeline(models: models, variant: variant)(request) { _ in }
        #expect(try sound.get().takes[0].samples == alone.takes[0].samples)
        #expect(try sound.get().video == alone.video)
      }
    }
  }

  @Test("a video that is begun before its turn, or in vain, is what it is alone")
  func ahead() throws {
    let video = try sharedFixtures().appendingPathComponent("videos/c_10fps.webm").path
    let requests = [
      request("", video: video), request("", video: video, seconds: nil), request("rain"),
      request("", video: video, seconds: 0.7),
    ]
    var endless = request("", video: video)
    endless.seconds = .infinity
    let missing = request("", video: "/none.mp4")
    let pipeline = Pipeline(models: models, variant: variant)
    for (index, request) in requests.enumerated() {
      let alone = try Pipeline(models: models, variant: variant)(request) { _ in }
      for next in requests[(index + 1)...] + [endless, missing] {
        let sound = try pipeline([request], next: next) { _, _ in }[0].get()
        #expect(sound.takes[0].samples == alone.takes[0].samples)
      }
    }
    _ = pipeline([requests[0]], next: missing) { _, _ in }
    #expect(throws: MediaError.missing(path: "/none.mp4")) {
      try pipeline([missing]) { _, _ in }[0].get()
    }
  }

  @Test("a clip that fails takes no other along, and progress tells the clips apart")
  func failure() throws {
    var long = request("rain")
    long.seconds = 1e9
    let requests = [request("rain"), long, request("x", video: "/none.mp4"), request("steps")]
    var stages: [Int: Set<StageProgress.Stage>] = [:]
    let sounds = Pipeline(models: models, variant: variant)(requests) { clip, step in
      stages[clip, default: []].insert(step.stage)
      if clip == 3, step.stage == .decode { throw CancellationError() }
    }
    #expect(throws: Never.self) { try sounds[0].get() }
    #expect(throws: RequestError.tooLong(seconds: 1e9, longest: 14_400)) { try sounds[1].get() }
    #expect(throws: MediaError.missing(path: "/none.mp4")) { try sounds[2].get() }
    #expect(throws: CancellationError.self) { try sounds[3].get() }
    #expect(stages[0] == [.encodeText, .sample, .decode, .vocode])
    #expect(stages[3] == [.encodeText, .sample, .decode])
    #expect(stages[1] == nil && stages[2] == nil)
  }
}
