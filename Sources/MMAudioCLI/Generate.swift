import ArgumentParser
import Foundation
import MMAudio
import MMAudioMedia

/// `mmaudio generate`: a video, or a prompt, becomes sound.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generate sound for a video, or from a prompt.",
    discussion: """
      MMAudio makes effects and ambience, not speech or music. The sound is as long as the video, or \
      as --duration where that is shorter; beyond --window it is made in windows that overlap and \
      are denoised together.
      """)

  @Argument(
    help: """
      The video to give a sound, - to read it from the standard input, or a still image \
      (experimental); without it, the prompt alone.
      """, completion: .file())
  var video: String?

  @Option(parsing: .unconditional, help: "What to hear.")
  var prompt: String?

  @Option(help: "File that has the prompt.", completion: .file())
  var promptFile: String?

  @Option(
    name: [.long, .customLong("negative_prompt")], parsing: .unconditional,
    help: "What not to hear; \"music\" is a useful choice, the default of the reference's web page."
  )
  var negativePrompt = ""

  @Option(
    help: """
      Which model; default: the last of these that is in the model folder. nano_16k ships with mmaudio.
      """)
  var variant: ModelVariant?

  @Option(
    parsing: .unconditional, help: "Seconds of sound; default: all of the video, else 8.")
  var duration: Double?

  @Option(
    parsing: .unconditional,
    help: "Seconds that are made at once; the networks were trained on 8.")
  var window = 8.0

  @Option(parsing: .unconditional, help: "Seconds that windows share at least.")
  var overlap = 2.0

  @Option(
    name: [.long, .customLong("num_steps")], parsing: .unconditional, help: "Euler steps.")
  var steps = 25

  @Option(
    name: [.long, .customLong("cfg_strength")], parsing: .unconditional,
    help: "Strength of guidance; below 1 runs without it, in half the time.")
  var cfg: Float = 4.5

  @Option(
    parsing: .unconditional, help: "Seed of the noise; the same seed gives the same sound.")
  var seed = Seed(value: 42)

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
    name: .shortAndLong,
    help: """
      File to write; its extension chooses the format. mp4, mov, mkv and webm get a copy of the video \
      with the sound. Default: named after the input, wav.
      """,
    completion: .file())
  var output: String?

  @Flag(name: .shortAndLong, help: "Print no progress.")
  var quiet = false

  @OptionGroup var outputOptions: OutputOptions

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var threading: ThreadOptions

  func run() throws {
    threading.apply()
    guard video != nil || prompt != nil || promptFile != nil else {
      throw CommandError.nothingToDo
    }
    let prompt = try words()
    let selection = modelOptions.selection(self.variant)
    let variant = selection.variant
    let request = request(prompt: prompt)
    try request.validate()
    let paths = paths(output ?? Self.outputName(video: video, prompt: prompt))
    let outputs = try paths.map { path in
      try SoundOutput(path: path, video: video, rate: variant.rate, options: outputOptions)
    }

    var display = ProgressDisplay(quiet: quiet)
    // An error starts a line of its own.
    defer { display.clear() }
    if variant == .nano { display.note(Self.nanoNote) }
    for loss in outputs[0].leftOut { display.note("the output will lack \(loss)") }
    let sound = try withoutActuallyEscaping({ display.update($0) }) { update in
      try Pipeline(models: selection.folder, variant: variant)(request, progress: update)
    }
    for (output, take) in zip(outputs, sound.takes) { try output.write(take) }
    display.note(summary(sound, variant))
    for output in outputs { print(output.path) }
  }

  /// `clip.wav` itself for one take, `clip.1.wav`, `clip.2.wav`, … for several.
  private func paths(_ path: String) -> [String] {
    guard takes > 1 else { return [path] }
    let file = URL(fileURLWithPath: path)
    let name = file.lastPathComponent
    let stem = file.deletingPathExtension().lastPathComponent
    return (1...takes).map { take in
      path.dropLast(name.count) + "\(stem).\(take)" + name.dropFirst(stem.count)
    }
  }

  /// The prompt, wherever it stands.
  private func words() throws -> String {
    guard let promptFile else { return prompt ?? "" }
    guard prompt == nil else { throw CommandError.twoPrompts(path: promptFile) }
    return try PromptFile(path: promptFile).text
  }

  private func request(prompt: String) -> GenerationRequest {
    var request = GenerationRequest()
    request.video = video
    request.prompt = prompt
    request.negativePrompt = negativePrompt
    request.seconds = duration
    request.steps = steps
    request.guidance = cfg
    request.seed = seed.value
    request.takes = takes
    request.window = window
    request.overlap = overlap
    request.maskVideo = maskVideo
    return request
  }

  /// What was made, and what it was to be.
  private func summary(_ sound: GeneratedSound, _ variant: ModelVariant) -> String {
    func text(_ seconds: Double) -> String { String(format: "%.2f s", seconds) }
    var line = takes > 1 ? "made \(takes) takes of " : "made "
    line += text(sound.takes[0].seconds) + " of sound"
    if sound.windows > 1 { line += " in \(sound.windows) windows" }
    if let duration { line += ", asked for \(text(duration))," }
    line += " with \(variant.name)"
    guard let video = sound.video else { return line }
    if video.videoSeconds < duration ?? .infinity {
      line += "; the video is \(text(video.videoSeconds)) long"
    }
    if video.heldSeconds > 0 {
      line += "; its last picture was held for \(text(video.heldSeconds))"
    }
    return line
  }

  /// What somebody who hears the nano model should know.
  private static var nanoNote: String {
    "using nano_16k, the small model that ships with mmaudio; for a published one, run `mmaudio "
      + "models pull \(ModelVariant.standard.name)`"
  }

  /// `clip.wav` for `some/clip.mp4`, `a_dog_barking.wav` for a prompt, in the current folder.
  static func outputName(video: String?, prompt: String) -> String {
    if video == StandardInput.path { return "stdin.wav" }
    if let video {
      return URL(fileURLWithPath: video).deletingPathExtension().lastPathComponent + ".wav"
    }
    let words = prompt.lowercased().split { !$0.isLetter && !$0.isNumber }.prefix(8)
    let name = String(words.joined(separator: "_").prefix(60))
    return (name.isEmpty ? "sound" : name) + ".wav"
  }
}
