import MMAudioMedia

/// What to generate, with the reference's defaults.
public struct GenerationRequest: Sendable, Equatable {
  /// Longest sound that one call makes, in seconds: it is held in memory.
  public static let longestSeconds = 14_400.0
  /// Longest window, in seconds: attention grows with the square of it.
  public static let longestWindow = 300.0
  /// Most takes that one call makes: they share every matrix product, and their memory adds up.
  public static let mostTakes = 64
  /// Pictures a second that can be asked for.
  public static let frameRates = 0.1...1000
  /// Most Euler steps that one call takes.
  public static let mostSteps = 10_000

  /// Video or still image to give a sound, or nil to work from the prompt alone.
  public var video: String?
  /// Index of the stream of the video to look at, where it has several; nil for what players show.
  public var videoStream: Int?
  /// Pictures a second of a sequence of pictures; nil for what the video says.
  public var frameRate: Double?
  /// What to hear; may be empty.
  public var prompt = ""
  /// What not to hear; may be empty.
  public var negativePrompt = ""
  /// Length in seconds, which a shorter video truncates; nil for all of the video, or for a window
  /// without one.
  public var seconds: Double?
  /// Seconds that are made at once; the networks were trained on eight.
  public var window = 8.0
  /// Seconds that the windows of a longer sound share at least.
  public var overlap = 2.0
  /// Euler steps.
  public var steps = 25
  /// Strength of classifier-free guidance; below 1 the pass without conditions is skipped.
  public var guidance: Float = 4.5
  /// Seed of the noise, as for `torch.Generator("cpu").manual_seed(seed)`.
  public var seed: UInt64 = 42
  /// How many sounds to make, in one batch; each is what its seed alone would give.
  public var takes = 1
  /// Drops CLIP features but keeps sync features: timing from the picture, content from the prompt.
  public var maskVideo = false

  /// A request with the defaults of the reference.
  public init() {}

  /// The request that makes one of the takes alone.
  ///
  /// - Parameter index: counted from 0
  /// - Returns: the same with the seed of that take
  public func take(_ index: Int) -> GenerationRequest {
    var request = self
    request.seed = seeds[index]
    request.takes = 1
    return request
  }

  /// How the video is read, where it leaves a choice.
  public var videoOptions: VideoOptions { VideoOptions(stream: videoStream, frameRate: frameRate) }

  /// The seed of each take: the request's and those that follow it.
  public var seeds: [UInt64] { (0..<takes).map { seed &+ UInt64($0) } }

  /// Checks every number before any work is done.
  public func validate() throws(RequestError) {
    let shortest = Self.shortestSeconds
    if let seconds {
      // A video or an image is seen for a whole window, of which any part may be kept.
      let shortest = video == nil ? shortest : Self.shortestPart
      guard seconds >= shortest else { throw .tooShort(seconds: seconds, shortest: shortest) }
      guard seconds <= Self.longestSeconds else {
        throw .tooLong(seconds: seconds, longest: Self.longestSeconds)
      }
    }
    guard window >= shortest, window <= Self.longestWindow else {
      throw .window(found: window, shortest: shortest, longest: Self.longestWindow)
    }
    guard overlap >= 0, overlap <= window - WindowPlan.step else {
      throw .overlap(found: overlap, longest: window - WindowPlan.step)
    }
    guard (1...Self.mostTakes).contains(takes) else {
      throw .takes(found: takes, most: Self.mostTakes)
    }
    guard (1...Self.mostSteps).contains(steps) else {
      throw .steps(found: steps, most: Self.mostSteps)
    }
    if let frameRate, !Self.frameRates.contains(frameRate) {
      throw .frameRate(found: frameRate)
    }
    guard guidance.isFinite else { throw .guidance(found: guidance) }
  }

  /// Shortest window, and shortest sound from a prompt alone: one Synchformer segment, 0.64 s.
  public static let shortestSeconds =
    Double(SequenceLengths.syncSegmentFrames) / SequenceLengths.syncFrameRate
  /// Shortest part of a video that can be asked for, in seconds; one of a thousand frames a second has it.
  public static let shortestPart = 0.001
}

extension GenerationRequest: Codable {
  /// What one take depends on beside its video, under the names of the command's options.
  enum CodingKeys: String, CodingKey {
    case prompt
    case negativePrompt = "negative_prompt"
    case seconds = "duration"
    case window
    case overlap
    case steps
    case guidance = "cfg"
    case seed
    case maskVideo = "mask_video"
    case videoStream = "video_stream"
    case frameRate = "fps"
  }
}

/// A request that cannot be met whatever the models.
public enum RequestError: Error, Equatable, CustomStringConvertible {
  /// The duration has no room for one sync segment or one picture, or is not a number.
  case tooShort(seconds: Double, shortest: Double)
  /// The duration is beyond what fits in memory.
  case tooLong(seconds: Double, longest: Double)
  /// The window has no room for one sync segment, is too long for memory, or is not a number.
  case window(found: Double, shortest: Double, longest: Double)
  /// The overlap leaves windows no way forward, or is not a number.
  case overlap(found: Double, longest: Double)
  /// Too few or too many takes.
  case takes(found: Int, most: Int)
  /// Too few or too many steps.
  case steps(found: Int, most: Int)
  /// Too few or too many pictures a second, or not a number.
  case frameRate(found: Double)
  /// The guidance is not a finite number.
  case guidance(found: Float)

  /// The error as one line.
  public var description: String {
    switch self {
    case .tooShort(let seconds, let shortest):
      "a duration of \(seconds) s is too short, expected at least \(shortest) s; pass a longer one with "
        + "--duration"
    case .tooLong(let seconds, let longest):
      "a duration of \(seconds) s is too long, expected at most \(longest) s; pass a shorter one with "
        + "--duration"
    case .window(let found, let shortest, let longest):
      "a window of \(found) s cannot be made, expected \(shortest) to \(longest) s; pass --window 8, which "
        + "is best"
    case .overlap(let found, let longest):
      // A difference of decimal fractions is seldom one.
      "windows cannot overlap by \(found) s, expected 0 to \((100 * longest).rounded() / 100) s; pass another "
        + "--overlap, or a longer --window"
    case .takes(let found, let most):
      "\(found) takes cannot be made, expected 1 to \(most); pass another number with --takes"
    case .steps(let found, let most):
      "\(found) steps cannot be taken, expected 1 to \(most); pass another number with --steps"
    case .frameRate(let found):
      "\(found) pictures a second cannot be read, expected 0.1 to 1000; pass another number with --fps"
    case .guidance(let found):
      "the strength of guidance is \(found), expected a finite number; pass one such as --cfg 4.5"
    }
  }
}
