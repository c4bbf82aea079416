import MMAudioMedia
import Testing

@testable import MMAudio

@Suite struct RequestTests {
  @Test(
    "sequence lengths are the reference's",
    arguments: [
      (8.0, "16k", 250, 64, 192), (8.0, "44k", 345, 64, 192), (2.5, "44k", 108, 20, 48),
      (12.3, "44k", 530, 98, 296), (4.0, "44k", 173, 32, 88), (2.92, "16k", 92, 23, 64),
      (0.64, "16k", 20, 5, 8),
    ])
  func lengths(seconds: Double, rate: String, latent: Int, clip: Int, sync: Int) throws {
    let rate = try #require(AudioRate.all.first { $0.name == rate })
    let lengths = SequenceLengths(seconds: seconds, rate: rate)
    #expect([lengths.latent, lengths.clip, lengths.sync] == [latent, clip, sync])
  }

  @Test("absurd numbers are refused in one line each")
  func refusals() {
    func message(_ change: (inout GenerationRequest) -> Void) -> String? {
      var request = GenerationRequest()
      change(&request)
      do throws(RequestError) {
        try request.validate()
        return nil
      } catch {
        return error.description
      }
    }
    #expect(message { _ in } == nil)
    #expect(
      message { $0.seconds = 0.5 }
        == "a duration of 0.5 s is too short, expected at least 0.64 s; pass a longer one with --duration"
    )
    #expect(
      message { ($0.video, $0.seconds) = ("clip.mp4", 0.000_1) }
        == "a duration of 0.0001 s is too short, expected at least 0.001 s; pass a longer one with --duration"
    )
    #expect(message { ($0.video, $0.seconds) = ("clip.mp4", 0.04) } == nil)
    #expect(
      message { $0.seconds = .nan }
        == "a duration of nan s is too short, expected at least 0.64 s; pass a longer one with --duration"
    )
    #expect(
      message { $0.seconds = 1e9 }
        == "a duration of 1000000000.0 s is too long, expected at most 14400.0 s; pass a shorter one with --duration"
    )
    #expect(
      message { $0.steps = 0 }
        == "0 steps cannot be taken, expected 1 to 10000; pass another number with --steps")
    #expect(message { $0.steps = .max }?.contains("expected 1 to 10000") == true)
    #expect(
      message { $0.guidance = .infinity }
        == "the strength of guidance is inf, expected a finite number; pass one such as --cfg 4.5")
  }

  @Test("nearest-exact takes the middle of every output's interval")
  func nearest() {
    #expect(nearestExact(from: 4, to: 8) == [0, 0, 1, 1, 2, 2, 3, 3])
    #expect(nearestExact(from: 3, to: 5) == [0, 0, 1, 2, 2])
    #expect(nearestExact(from: 192, to: 250).last == 191)
  }

  @Test("the model folder is the option, then the environment, then the data folder")
  func modelFolder() {
    let environment = ["MMAUDIO_MODELS": "/m", "XDG_DATA_HOME": "/x", "HOME": "/h"]
    func path(_ explicit: String?, without names: [String]) -> String {
      ModelFolder.standard(
        named: explicit, environment: environment.filter { !names.contains($0.key) }
      ).url.path
    }
    #expect(path("/o", without: []) == "/o")
    #expect(path(nil, without: []) == "/m")
    #expect(path(nil, without: ["MMAUDIO_MODELS"]) == "/x/mmaudio/models")
    #expect(
      path(nil, without: ["MMAUDIO_MODELS", "XDG_DATA_HOME"]) == "/h/.local/share/mmaudio/models")
  }

  @Test("missing model files are named with the command that makes them")
  func missingModel() throws {
    var request = GenerationRequest()
    request.prompt = "rain"
    let pipeline = Pipeline(models: ModelFolder(path: "/nowhere"), variant: .standard)
    let error = #expect(throws: WeightError.self) { try pipeline(request) { _ in } }
    #expect(
      error?.description
        == "'/nowhere' lacks the CLIP text encoder, the flow network large_44k_v2, the 44k mel "
        + "decoder, the 44k vocoder; run `mmaudio models pull large_44k_v2 --models /nowhere`")
  }

  @Test("a missing video is said before missing models")
  func missingVideo() {
    var request = GenerationRequest()
    request.video = "/nowhere/clip.mp4"
    let pipeline = Pipeline(models: ModelFolder(path: "/nowhere"), variant: .standard)
    #expect(throws: MediaError.missing(path: "/nowhere/clip.mp4")) {
      try pipeline(request) { _ in }
    }
  }
}
