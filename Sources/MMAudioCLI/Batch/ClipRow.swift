/// One clip as it was asked for, before the options that are the same for all.
struct ClipRow: Sendable, Equatable {
  /// What tells it from the others; never depends on them.
  var id = ""
  /// The video to give a sound, as a path from the current folder.
  var video: String?
  /// What to hear; nil takes the command's.
  var prompt: String?
  /// What not to hear; nil takes the command's.
  var negativePrompt: String?
  /// Seed of its first take, as it is; nil makes one of the command's seed and the id.
  var seed: UInt64?
  /// Seconds of sound; nil takes the command's.
  var duration: Double?
  /// How many sounds to make; nil takes the command's.
  var takes: Int?
  /// What to take for the id instead, one after another, where that is another clip's too.
  var longerIDs: [String] = []
  /// What else its row has, for whoever reads the results.
  var extra: [String: JSONValue] = [:]
  /// Why it cannot be made; nil if it can.
  private(set) var failure: ClipResult.Failure?
  /// Where it was asked for.
  let source: ClipSource

  init(source: ClipSource) { self.source = source }

  /// Has it fail, unless it did so before.
  mutating func fail(of error: any Error) {
    if failure == nil { failure = ClipResult.Failure(error) }
  }

  /// What a row of a manifest may have, under the names of its keys or columns.
  enum Column: String, CodingKey, CaseIterable {
    case id
    case video
    case prompt
    case negativePrompt = "negative_prompt"
    case seed
    case duration
    case takes

    /// The column that a name stands for, however it is written: in capitals, or with a blank in it.
    init?(named name: String) {
      let words = name.lowercased().split { " _-".contains($0) }
      self.init(rawValue: words.joined(separator: "_"))
    }

    /// What its values are.
    var meaning: String {
      switch self {
      case .id, .video, .prompt, .negativePrompt: "text"
      case .seed: "a whole number of 64 bits"
      case .duration: "a number of seconds"
      case .takes: "a whole number"
      }
    }
  }
}

/// Where a clip was asked for.
struct ClipSource: Sendable, Equatable, CustomStringConvertible {
  /// A manifest, or the clip itself.
  let path: String
  /// Line of the manifest that it begins in, counted from 1.
  var line: Int?

  var description: String {
    let name = line != nil && path == "-" ? "the standard input" : "'\(path)'"
    return line.map { "line \($0) of \(name)" } ?? name
  }
}
