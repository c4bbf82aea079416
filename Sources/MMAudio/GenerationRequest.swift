/// What to generate, with the reference's defaults.
public struct GenerationRequest: Sendable {
  /// Longest sound that one call makes, in seconds: attention grows with the square of it.
  public static let longestSeconds = 300.0
  /// Most Euler steps that one call takes.
  public static let mostSteps = 10_000

  /// Video to give a sound, or nil to work from the prompt alone.
  public var video: String?
  /// What to hear; may be empty.
  public var prompt = ""
  /// What not to hear; may be empty.
  public var negativePrompt = ""
  /// Length in seconds; a shorter video truncates it.
  public var seconds = 8.0
  /// Euler steps.
  public var steps = 25
  /// Strength of classifier-free guidance; below 1 the pass without conditions is skipped.
  public var guidance: Float = 4.5
  /// Seed of the noise, as for `torch.Generator("cpu").manual_seed(seed)`.
  public var seed: UInt64 = 42
  /// Drops CLIP features but keeps sync features: timing from the picture, content from the prompt.
  public var maskVideo = false

  /// A request with the defaults of the reference.
  public init() {}

  /// Checks every number before any work is done.
  public func validate() throws(RequestError) {
    let shortest = Self.shortestSeconds
    guard seconds >= shortest else { throw .tooShort(seconds: seconds, shortest: shortest) }
    guard seconds <= Self.longestSeconds else {
      throw .tooLong(seconds: seconds, longest: Self.longestSeconds)
    }
    guard (1...Self.mostSteps).contains(steps) else {
      throw .steps(found: steps, most: Self.mostSteps)
    }
    guard guidance.isFinite else { throw .guidance(found: guidance) }
  }

  /// One Synchformer segment, 0.64 s.
  public static let shortestSeconds =
    Double(SequenceLengths.syncSegmentFrames) / SequenceLengths.syncFrameRate
}

/// A request that cannot be met whatever the models.
public enum RequestError: Error, Equatable, CustomStringConvertible {
  /// The duration has no room for one sync segment, or is not a number.
  case tooShort(seconds: Double, shortest: Double)
  /// The duration is beyond what fits in memory.
  case tooLong(seconds: Double, longest: Double)
  /// The video is shorter than one sync segment.
  case videoTooShort(path: String, seconds: Double, shortest: Double)
  /// Too few or too many steps.
  case steps(found: Int, most: Int)
  /// The guidance is not a finite number.
  case guidance(found: Float)

  /// The error as one line.
  public var description: String {
    switch self {
    case .tooShort(let seconds, let shortest):
      "a duration of \(seconds) s is too short; ask for at least \(shortest) s"
    case .tooLong(let seconds, let longest):
      "a duration of \(seconds) s is too long; ask for at most \(longest) s"
    case .videoTooShort(let path, let seconds, let shortest):
      "'\(path)' has only \(seconds) s of video, expected at least \(shortest) s; use a longer clip"
    case .steps(let found, let most):
      "\(found) steps cannot be taken; ask for 1 to \(most)"
    case .guidance(let found):
      "a guidance strength of \(found) is not a number; the usual value is 4.5"
    }
  }
}
