import ArgumentParser
import MMAudio
import MMAudioMedia

/// Where a sound goes: into a file of its own, or into a copy of the video.
///
/// What can be known to fail is known when it is made, before minutes of work.
struct SoundOutput {
  let path: String
  private let file: File

  private enum File {
    case sound(AudioWriter)
    case video(VideoMuxer)
  }

  /// An output that is named by its extension.
  init(path: String, video: String?, rate: AudioRate, options: OutputOptions) throws {
    self.path = path
    try options.check(path, inputs: [video])
    guard VideoMuxer.handles(path) else {
      file = .sound(
        try AudioWriter(path: path, sampleRate: rate.sampleRate, bitDepth: options.bitDepth))
      return
    }
    guard !options.skipVideoComposite else { throw CommandError.soundAlone(path: path) }
    guard let video, try !VideoReader(path: video).isStillImage else {
      throw CommandError.noVideoToCopy(path: path)
    }
    file = .video(
      try VideoMuxer(
        input: video, output: path, originalAudio: options.originalAudio,
        mixGain: options.mixGain))
  }

  /// What of the video the output will not have.
  var leftOut: [String] {
    if case .video(let muxer) = file { muxer.leftOut } else { [] }
  }

  /// Tells whether the file has room for a comment; every video has.
  func holds(comment: String) -> Bool {
    if case .sound(let writer) = file { writer.holds(comment: comment) } else { true }
  }

  /// Writes the file; it appears complete or not at all.
  ///
  /// - Parameters:
  ///   - sound: what is heard
  ///   - comment: in ASCII; left out where the file has no room for it
  /// - Throws: that the samples are not finite, or that the file cannot be written
  func write(_ sound: Waveform, comment: String? = nil) throws {
    switch file {
    case .sound(let writer): try writer.write(sound.samples, comment: comment)
    case .video(let muxer):
      try muxer.write(sound.samples, sampleRate: sound.sampleRate, comment: comment)
    }
  }
}

/// How an output is written, for every command that writes sound.
struct OutputOptions: ParsableArguments {
  @Option(help: "Bits a sample, where the format has a choice.")
  var bitDepth = BitDepth.int16

  @Flag(
    name: [.long, .customLong("skip_video_composite")],
    help: "Refuse an output that is a video: write the sound alone.")
  var skipVideoComposite = false

  @Option(help: "What becomes of the sound that the video has, where the output is a video.")
  var originalAudio = VideoMuxer.OriginalAudio.drop

  @Option(
    parsing: .unconditional,
    help: "Decibels by which the video's own sound is made louder when it is mixed.")
  var mixGain = 0.0

  @Flag(help: "What to do if the output exists.")
  var existing = ExistingOutput.refuse
}

extension OutputOptions {
  /// Throws if nothing can, or may, be written at `path`.
  func check(_ path: String, inputs: [String?], option: String = "-o") throws {
    try CommandError.requireDistinct(output: path, from: inputs)
    try AtomicFile.check(path: path)
    guard existing == .replace || !isRegularFile(path) else {
      throw CommandError.outputExists(path: path, option: option)
    }
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
