import ArgumentParser
import Foundation
import MMAudio
import MMAudioMedia

/// How an output is written, for every command that writes sound.
struct OutputOptions: ParsableArguments {
  @Option(help: "Format of the output, whatever its extension is; default: what that names.")
  var format: OutputFormat?

  @Option(help: "Bits a sample, where the format has a choice; default: 16.")
  var bitDepth: BitDepth?

  @Option(
    parsing: .unconditional,
    help: "Hertz that the sound is resampled to, 8000 to 192000; default: the model's.")
  var sampleRate: Int?

  @Option(
    parsing: .unconditional,
    help: """
      Level in dBFS that the largest sample gets, -60 to 0; default: as it is. With --loudness, what \
      no peak passes; default: -1.
      """)
  var peak: Double?

  @Option(
    parsing: .unconditional,
    help: "Loudness in LUFS that the sound gets by EBU R128, -70 to -5; default: as it is.")
  var loudness: Double?

  @Flag(
    name: [.long, .customLong("skip_video_composite")],
    help: "Refuse an output that is a video: write the sound alone.")
  var skipVideoComposite = false

  @Option(
    help:
      "What becomes of the sound that the video has, where the output is a video; default: drop.")
  var originalAudio: VideoMuxer.OriginalAudio?

  @Option(
    parsing: .unconditional,
    help: "Decibels by which the video's own sound is made louder when it is mixed; default: 0.")
  var mixGain: Double?

  @Flag(help: "What to do if the output exists.")
  var existing = ExistingOutput.refuse
}

extension OutputOptions {
  /// The settings that these options make of others.
  ///
  /// - Parameters:
  ///   - base: has what is not given
  ///   - path: of the output; its extension names the format unless an option does
  /// - Returns: how to write it
  func settings(from base: OutputSettings?, path: String) -> OutputSettings {
    var settings = OutputSettings(
      format: formatName(of: path) ?? path.dottedExtension.dropFirst().lowercased())
    settings.bitDepth = bitDepth ?? base?.bitDepth ?? .int16
    settings.sampleRate = sampleRate ?? base?.sampleRate
    settings.peak = peak ?? base?.peak
    settings.loudness = loudness ?? base?.loudness
    guard VideoMuxer.handles(path, format: self.format?.rawValue) else { return settings }
    settings.originalAudio = originalAudio ?? base?.originalAudio ?? .drop
    guard settings.originalAudio == .mix else { return settings }
    settings.mixGain = mixGain ?? base?.mixGain ?? 0
    return settings
  }

  /// The format that was asked for; WAV for the standard output, nil for what another path's extension says.
  func formatName(of path: String) -> String? {
    format?.rawValue ?? (path == StandardOutput.path ? "wav" : nil)
  }

  /// Throws if nothing can, or may, be written at `path`, which `option` named.
  func check(_ path: String, inputs: [String?], option: String = "-o") throws {
    guard path != StandardOutput.path || option != "-o" else {
      return try AtomicFile.check(path: path, orStandardOutput: true)
    }
    try CommandError.requireDistinct(output: path, from: inputs)
    try AtomicFile.check(path: path)
    guard existing == .replace || !isRegularFile(path) else {
      throw CommandError.outputExists(path: path, option: option)
    }
  }
}

/// A format by the name that an extension would have.
struct OutputFormat: ExpressibleByArgument {
  let rawValue: String

  static let allValueStrings = AudioWriter.formats + VideoMuxer.formats

  init?(argument: String) {
    guard Self.allValueStrings.contains(argument.lowercased()) else { return nil }
    rawValue = argument.lowercased()
  }
}

/// What becomes of an output that exists.
enum ExistingOutput: String, EnumerableFlag {
  case replace
  case refuse

  static func name(for value: ExistingOutput) -> NameSpecification {
    switch value {
    case .replace: [.customLong("force"), .customShort("y")]
    case .refuse: [.customLong("no-clobber"), .customShort("n")]
    }
  }

  static func help(for value: ExistingOutput) -> ArgumentHelp? {
    switch value {
    case .replace: "Replace an existing output."
    case .refuse: "Keep an existing output, and end with an error."
    }
  }
}

extension BitDepth: ExpressibleByArgument {}

extension VideoMuxer.OriginalAudio: ExpressibleByArgument {}
