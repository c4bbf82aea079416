import ArgumentParser
import MMAudio
import MMAudioMedia

/// What to generate, for every command that generates; what is not given is taken from elsewhere.
struct RequestOptions: ParsableArguments {
  private static let defaults = GenerationRequest()

  @Option(parsing: .unconditional, help: "What to hear.")
  var prompt: String?

  @Option(help: "File that has the prompt.", completion: .file())
  var promptFile: String?

  @Option(
    name: [.long, .customLong("negative_prompt")], parsing: .unconditional,
    help: "What not to hear; \"music\" is a useful choice, the default of the reference's web page."
  )
  var negativePrompt: String?

  @Option(
    parsing: .unconditional, help: "Seconds of sound; default: all of the video, else 8.")
  var duration: Double?

  @Option(
    parsing: .unconditional,
    help: """
      Seconds that are made at once; default \(Int(defaults.window)), which the networks were trained \
      on. In a window of another length that a video fills, timing drifts as in the original: late \
      in a shorter one, early in a longer one.
      """)
  var window: Double?

  @Option(
    parsing: .unconditional,
    help: "Seconds that windows share at least; default \(Int(defaults.overlap)).")
  var overlap: Double?

  @Option(
    name: [.long, .customLong("num_steps")], parsing: .unconditional,
    help: "Euler steps; default \(defaults.steps).")
  var steps: Int?

  @Option(
    name: [.long, .customLong("cfg_strength")], parsing: .unconditional,
    help: """
      Strength of guidance; default \(defaults.guidance); below 1 runs without it, in half the time.
      """)
  var cfg: Float?

  @Option(
    parsing: .unconditional,
    help: """
      Seed of the noise; default \(defaults.seed); the same seed gives the same sound.
      """)
  var seed: Seed?

  @Option(
    parsing: .unconditional,
    help: """
      How many sounds to make in one go, with this seed and those that follow; more than one are \
      named OUTPUT.1.wav and so on.
      """)
  var takes = 1

  @Flag(
    name: [.long, .customLong("mask_away_clip")],
    help: "Take only the timing from the video, what is heard from the prompt.")
  var maskVideo = false

  @Option(
    parsing: .unconditional,
    help: """
      Which stream of a file with several videos, by its index among all streams, as ffprobe shows it; \
      default: the one marked as default, else the longest.
      """)
  var videoStream: Int?

  @Option(
    parsing: .unconditional,
    help: """
      Pictures a second of a sequence of pictures: a folder of them, or a pattern in quotes such as \
      'frames/%04d.png'; and of a raw stream that does not say.
      """)
  var fps: Double?

  /// Whether there are words to hear.
  var hasPrompt: Bool { prompt != nil || promptFile != nil }

  /// The request that these options make of another.
  ///
  /// - Parameters:
  ///   - base: has what is not given
  ///   - video: what to give a sound
  /// - Returns: `base` with what is given
  /// - Throws: that the prompt cannot be read
  func request(from base: GenerationRequest, video: String?) throws -> GenerationRequest {
    var request = base
    request.video = video
    request.prompt = try words() ?? base.prompt
    request.negativePrompt = negativePrompt?.repaired ?? base.negativePrompt
    request.seconds = duration ?? base.seconds
    request.window = window ?? base.window
    request.overlap = overlap ?? base.overlap
    request.steps = steps ?? base.steps
    request.guidance = cfg ?? base.guidance
    request.seed = seed?.value ?? base.seed
    request.takes = takes
    request.maskVideo = maskVideo || base.maskVideo
    request.videoStream = videoStream ?? base.videoStream
    request.frameRate = fps ?? base.frameRate
    return request
  }

  /// The prompt, wherever it stands.
  private func words() throws -> String? {
    guard let promptFile else { return prompt?.repaired }
    guard prompt == nil else { throw CommandError.twoPrompts(path: promptFile) }
    return try PromptFile(path: promptFile).text
  }
}
