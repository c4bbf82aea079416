import MMAudio

/// What became of a clip: a line of `results.shard-0.jsonl`.
struct ClipResult: Codable, Equatable {
  /// How it ended.
  enum Status: String, Codable {
    case done, failed
  }

  /// Why it failed.
  struct Failure: Codable, Equatable {
    /// What is to blame, which tells whether another try may help.
    enum Kind: String, Codable {
      /// The clip's row asks for what cannot be made.
      case request
      /// Its video cannot be used.
      case input
      /// The model files cannot be used.
      case models
      /// The machine has too little memory for it now.
      case memory
      /// A file cannot be written.
      case output
      /// The process that worked on it ended by itself.
      case crash
      /// The process that worked on it was killed, most likely for want of memory.
      case killed
    }

    let kind: Kind
    let message: String

    private enum CodingKeys: String, CodingKey {
      case kind = "class"
      case message
    }

    /// Whether the same clip may be made another time.
    var isTemporary: Bool { [.output, .models, .memory].contains(kind) }
  }

  /// Of the clip.
  let id: String
  let status: Status
  /// Seconds by stage, and in all; none if nothing was made.
  var seconds: [String: Double] = [:]
  /// Files, one a take.
  var outputs: [String] = []
  var error: Failure?
  /// What is to be said about the clip, in words for the user; nil if nothing is.
  var notes: [String]?
  /// What it was made from, but for the video's bytes.
  let recipe: String
  /// The video when it was looked at.
  let input: FileStamp?
  /// What else its row has; nil for nothing.
  var extra: [String: JSONValue]?
}

extension ClipResult {
  /// Whether another try is no use.
  var failedForGood: Bool { error?.isTemporary == false }
}

extension ClipResult.Failure {
  /// The failure that an error of ours is.
  init(_ error: any Error) {
    let cause = CommandError.cause(of: error)
    message = CommandError.line(for: cause) ?? "\(cause)"
    switch CommandError.status(for: cause) {
    case 64: kind = .request
    case 65, 66: kind = .input
    case 69: kind = .models
    case 73, 74: kind = .output
    case 75: kind = .memory
    default: kind = .crash
    }
  }
}
