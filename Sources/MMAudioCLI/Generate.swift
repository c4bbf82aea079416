import ArgumentParser
import Foundation
import MMAudio
import MMAudioMedia
import MMAudioReport

/// `mmaudio generate`: a video, or a prompt, becomes sound.
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generate sound for a video, or from a prompt.",
    discussion: """
      MMAudio makes effects and ambience, not speech or music. The sound is as long as the video, or \
      as --duration where that is shorter. Beyond --window it is made in windows that overlap and \
      are denoised together; a shorter video is played on, backwards and forwards, to fill a window, \
      whose sound is cut.
      """)

  @Argument(
    help: """
      The video to give a sound, - to read it from the standard input, a pipe, or a still image \
      (experimental); without it, the prompt alone.
      """, completion: .file())
  var video: String?

  @Option(
    help: """
      Use the settings of a file that mmaudio wrote; other options override them.
      """, completion: .file())
  var like: String?

  @OptionGroup var requestOptions: RequestOptions

  @Option(
    help: """
      Which model; default: the last of these that is in the model folder. nano_16k ships with mmaudio.
      """)
  var variant: ModelVariant?

  @Option(
    name: .shortAndLong,
    help: """
      File to write; its extension chooses the format. mp4, mov, mkv and webm get a copy of the video \
      with the sound; - writes WAV, or what --format says, to the standard output. Default: named after \
      the input, wav.
      """,
    completion: .file())
  var output: String?

  @Option(
    help: """
      HTML page to write, with the video, its new sound in pictures, the settings and the times.
      """,
    completion: .file(extensions: ["html"]))
  var report: String?

  @Flag(help: "Print an object a line instead of a path: settings, durations, seconds by stage.")
  var json = false

  @OptionGroup var outputOptions: OutputOptions

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var cacheOptions: CacheOptions

  @OptionGroup var threading: ThreadOptions

  @OptionGroup var reporting: ReportingOptions

  func run() throws {
    threading.apply()
    let display = try reporting.display()
    try display.during { try generate(display) }
  }

  private func generate(_ display: ProgressDisplay) throws {
    let model = try like.map { try LikeFile(path: $0) }
    let video = try self.video ?? model?.video()
    guard video != nil || requestOptions.hasPrompt || model != nil else {
      throw CommandError.nothingToDo
    }
    let request = try requestOptions.request(
      from: model?.record.request ?? GenerationRequest(), video: video)
    // Before weights are prepared, which takes a while.
    try request.validate()
    let selection = try modelOptions.selection(self.variant ?? model?.variant()) {
      display.note($0)
    }
    let variant = selection.variant
    let format = outputOptions.format?.rawValue ?? model?.record.output.format ?? "wav"
    if output == StandardOutput.path {
      if json { throw CommandError.standardOutputTaken(option: "--json") }
      if requestOptions.takes > 1 { throw CommandError.standardOutputTaken(option: "--takes") }
    }
    let paths = paths(
      output ?? Self.outputName(video: video, prompt: request.prompt, format: format))
    if let report {
      guard !paths.contains(report) else { throw CommandError.twoOutputs(path: report) }
      try outputOptions.check(report, inputs: [video, like], option: "--report")
    }
    let cache = cacheOptions.cache
    let pipeline = Pipeline(models: selection.folder, variant: variant, cache: cache)
    let job = try ClipJob(
      request, paths: paths,
      settings: outputOptions.settings(from: model?.record.output, path: paths[0]),
      options: outputOptions, pipeline: pipeline, variant: variant)

    if variant == .nano { display.note(Self.nanoNote) }
    if let choice = job.choice { display.note(choice) }
    for loss in job.leftOut { display.note("the output will lack \(loss)") }
    for note in job.unread?.notes ?? [] { display.note(note) }
    for change in model?.changes(in: job.records[0]) ?? [] { display.note(change) }
    display.detail("mmaudio \(MMAudioCommand.version.joined(separator: ", "))")
    display.detail("models: \(selection.folder.url.path)")
    var (timings, clock) = (StageTimings(), StepClock())
    let sound = try pipeline(request) { step in
      timings.count(step, by: &clock)
      display.update(step)
    }
    let results = try job.write(sound, timings) { display.note($0) }
    if let report {
      try ReportPage(results, of: request).write(to: report)
      display.note("the report is '\(report)'")
    }
    display.note(summary(sound, request, variant))
    if let problem = cache?.problem { display.detail("features are not kept: \(problem)") }
    display.detail(timings.description)
    for result in results where result.output != StandardOutput.path {
      printLine(json ? asciiJSON(result) : result.output)
    }
  }

  /// `clip.wav` itself for one take, `clip.1.wav`, `clip.2.wav`, … for several.
  private func paths(_ path: String) -> [String] {
    let takes = requestOptions.takes
    guard takes > 1 else { return [path] }
    return (1...takes).map {
      "\(path.withoutExtension).\($0)\(path.dottedExtension)".fittingPath
    }
  }

  /// What was made, and what it was to be.
  private func summary(
    _ sound: GeneratedSound, _ request: GenerationRequest, _ variant: ModelVariant
  ) -> String {
    func text(_ seconds: Double) -> String { String(format: "%.2f s", seconds) }
    var line = request.takes > 1 ? "made \(request.takes) takes of " : "made "
    line += text(sound.takes[0].seconds) + " of sound"
    if sound.windows > 1 { line += " in \(sound.windows) windows" }
    if let seconds = request.seconds { line += ", asked for \(text(seconds))," }
    line += " with \(variant.name)"
    guard let video = sound.video else { return line }
    if video.videoSeconds < request.seconds ?? .infinity {
      line += "; the video is \(text(video.videoSeconds)) long"
    }
    if sound.windows == 1, video.mirroredSeconds > 0 {
      line +=
        "; to fill a window it was played on, backwards and forwards, for \(text(video.mirroredSeconds))"
    }
    return line
  }

  /// What somebody who hears the nano model should know.
  private static var nanoNote: String {
    "using nano_16k, the small model that ships with mmaudio; for a published one, run `mmaudio "
      + "models pull \(ModelVariant.standard.name)`"
  }

  /// `clip.wav` for `some/clip.mp4`, `a_dog_barking.wav` for a prompt, in the current folder.
  static func outputName(video: String?, prompt: String, format: String) -> String {
    if let video {
      if StandardInput.isNameless(video) { return "stdin." + format }
      let place = video.absolutePath(from: FileManager.default.currentDirectoryPath)
      // Pictures are named after their folder.
      let isPattern =
        place.lastPathPart.contains("%") && (try? PictureSequence.find(at: video)) != nil
      let name =
        isPattern
        ? place.parentPath.normalizedPath.lastPathPart : place.lastPathPart.withoutExtension
      return (name + "." + format).fittingPath
    }
    let words = prompt.lowercased().split { !$0.isLetter && !$0.isNumber }.prefix(8)
    let name = String(words.joined(separator: "_").prefix(60))
    return (name.isEmpty ? "sound" : name) + "." + format
  }
}
