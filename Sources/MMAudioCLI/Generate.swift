import ArgumentParser
import Foundation
import MMAudio
import MMAudioMedia

/// `mmaudio generate`: a video, or a prompt, becomes sound.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generate sound for a video, or from a prompt.",
    discussion: """
      MMAudio makes effects and ambience, not speech or music. The sound is as long as --duration, \
      or as the video where that is shorter.
      """)

  @Argument(help: "The video to give a sound; without it, the prompt alone.", completion: .file())
  var video: String?

  @Option(parsing: .unconditional, help: "What to hear.")
  var prompt: String?

  @Option(parsing: .unconditional, help: "What not to hear, such as music.")
  var negativePrompt = ""

  @Option(
    help: """
      Which model; default: the last of these that is in the model folder. nano_16k ships with mmaudio.
      """)
  var variant: ModelVariant?

  @Option(parsing: .unconditional, help: "Seconds of sound.")
  var duration = 8.0

  @Option(parsing: .unconditional, help: "Euler steps.")
  var steps = 25

  @Option(
    parsing: .unconditional,
    help: "Strength of guidance; below 1 runs without it, in half the time.")
  var cfg: Float = 4.5

  @Option(
    parsing: .unconditional, help: "Seed of the noise; the same seed gives the same sound.")
  var seed = Seed(value: 42)

  @Flag(help: "Take only the timing from the video, what is heard from the prompt.")
  var maskVideo = false

  @Option(
    name: .shortAndLong,
    help: "File to write; its extension chooses the format. Default: named after the input, wav.",
    completion: .file())
  var output: String?

  @Option(help: "Bits a sample, where the format has a choice.")
  var bitDepth = BitDepth.int16

  @Flag(help: "Replace an existing output.")
  var force = false

  @Flag(name: .shortAndLong, help: "Print no progress.")
  var quiet = false

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var threading: ThreadOptions

  func run() throws {
    threading.apply()
    guard video != nil || prompt != nil else { throw CommandError.nothingToDo }
    let selection = modelOptions.selection(self.variant)
    let variant = selection.variant
    let path = output ?? Self.outputName(video: video, prompt: prompt ?? "")
    try CommandError.requireDistinct(output: path, from: [video])
    // What can be known to fail is known before minutes of work.
    try AtomicFile.check(path: path)
    guard force || !isRegularFile(path) else { throw CommandError.outputExists(path: path) }
    let writer = try AudioWriter(
      path: path, sampleRate: variant.rate.sampleRate, bitDepth: bitDepth)

    var display = ProgressDisplay(quiet: quiet)
    // An error starts a line of its own.
    defer { display.clear() }
    if variant == .nano { display.note(Self.nanoNote) }
    let request = request
    let waveform = try withoutActuallyEscaping({ display.update($0) }) { update in
      try Pipeline(models: selection.folder, variant: variant)(request, progress: update)
    }
    try writer.write(waveform.samples)
    display.note(summary(waveform, variant))
    print(path)
  }

  private var request: GenerationRequest {
    var request = GenerationRequest()
    request.video = video
    request.prompt = prompt ?? ""
    request.negativePrompt = negativePrompt
    request.seconds = duration
    request.steps = steps
    request.guidance = cfg
    request.seed = seed.value
    request.maskVideo = maskVideo
    return request
  }

  private func summary(_ waveform: Waveform, _ variant: ModelVariant) -> String {
    let made = String(format: "%.2f", waveform.seconds)
    let line = "made \(made) s of sound with \(variant.name)"
    guard waveform.seconds < duration else { return line }
    return line + "; the video is shorter than the \(duration) s asked for"
  }

  /// What somebody who hears the nano model should know.
  private static var nanoNote: String {
    "using nano_16k, the small model that ships with mmaudio; for a published one, download its "
      + "files (README, The published models) and run `mmaudio convert FILES -o "
      + "\(ModelFolder.standard().url.path)`"
  }

  /// `clip.wav` for `some/clip.mp4`, `a_dog_barking.wav` for a prompt, in the current folder.
  static func outputName(video: String?, prompt: String) -> String {
    if let video {
      return URL(fileURLWithPath: video).deletingPathExtension().lastPathComponent + ".wav"
    }
    let words = prompt.lowercased().split { !$0.isLetter && !$0.isNumber }.prefix(8)
    let name = String(words.joined(separator: "_").prefix(60))
    return (name.isEmpty ? "sound" : name) + ".wav"
  }
}

extension BitDepth: ExpressibleByArgument {}
