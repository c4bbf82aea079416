import ArgumentParser
import MMAudio
import MMAudioMedia

/// `mmaudio inspect`: how a file was made.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show how a file that mmaudio wrote was made.",
    discussion: """
      The settings are in the file's own metadata. `mmaudio generate --like FILE` makes the same again.
      """)

  @Argument(help: "A sound, or a video with its sound.", completion: .file())
  var file: String

  @Flag(help: "Print one object.")
  var json = false

  func run() throws {
    let record = try LikeFile(path: file).record
    guard !json else { return print(record.json) }
    let lines = record.settings + record.digests
    let width = 2 + (lines.map(\.name.count).max() ?? 0)
    for (name, value) in lines {
      print(name.padding(toLength: width, withPad: " ", startingAt: 0) + value)
    }
  }
}

extension SoundRecord {
  /// Names and values for people.
  var settings: [(name: String, value: String)] {
    var settings = [
      ("made by", "mmaudio \(version)"), ("variant", variant), ("seed", "\(request.seed)"),
      ("prompt", request.prompt), ("negative prompt", request.negativePrompt),
      ("steps", "\(request.steps)"), ("cfg", "\(request.guidance)"),
      ("duration", request.seconds.map { "\($0) s" } ?? "all"),
      ("window", "\(request.window) s"), ("overlap", "\(request.overlap) s"),
    ]
    if let video {
      settings += [
        ("video", video.name.readable), ("mask video", request.maskVideo ? "yes" : "no"),
      ]
    }
    if let stream = request.videoStream { settings.append(("video stream", "\(stream)")) }
    if let rate = request.frameRate { settings.append(("fps", "\(rate)")) }
    settings += [("format", output.format), ("bit depth", output.bitDepth.rawValue)]
    let choices: [(String, String?)] = [
      ("sample rate", output.sampleRate.map { "\($0) Hz" }),
      ("peak", output.peak.map { "\($0) dBFS" }),
      ("loudness", output.loudness.map { "\($0) LUFS" }),
      ("original audio", output.originalAudio?.rawValue),
      ("mix gain", output.mixGain.map { "\($0) dB" }),
    ]
    return settings + choices.compactMap { name, value in value.map { (name, $0) } }
  }

  /// What the video and the weights were, file by file, by as much of their digests as people compare.
  var digests: [(name: String, value: String)] {
    let files = models.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return ((video.map { [($0.name.readable, $0.sha256)] } ?? []) + files).map { name, digest in
      (name, "SHA-256 \(digest.prefix(16))…")
    }
  }
}
