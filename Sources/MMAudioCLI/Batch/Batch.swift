import ArgumentParser
import Foundation
import MMAudio
import MMAudioKernels
import MMAudioMedia

/// `mmaudio batch`: many clips get their sounds, and a run that stopped goes on.
struct Batch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generate sounds for a folder or a list of clips.",
    discussion: """
      A second run makes only what is missing or was made with other settings. It reports a clip that \
      fails, goes on with the next, and skips it in later runs. Ends with status 0 if all clips are done, 3 if some failed \
      for good, 75 if another try may help.
      """)

  @OptionGroup var plan: BatchPlanOptions

  @Option(
    help: """
      Make every clip with the settings of a file that mmaudio wrote; other options, and a clip's own \
      settings, override them.
      """, completion: .file())
  var like: String?

  @OptionGroup var requestOptions: RequestOptions

  @Option(
    help: """
      Which model; default: the last of these that is in the model folder. nano_16k ships with mmaudio.
      """)
  var variant: ModelVariant?

  @Flag(
    help: """
      Write an HTML page for every clip too, OUTPUT.html, with the video, its new sound in pictures, \
      the settings and the times.
      """)
  var report = false

  @Flag(help: "Make nothing, print what would be made.")
  var dryRun = false

  @Flag(help: "Print an object a line instead of a path.")
  var json = false

  @Flag(help: "Stop at the first clip that fails.")
  var failFast = false

  @Flag(help: "Try clips again that failed before.")
  var retryFailed = false

  @Option(
    help: """
      Memory for weights that stay open from clip to clip, such as 8GB; default: half of what is free.
      """)
  var maxMemory: ByteSize?

  @OptionGroup var outputOptions: OutputOptions

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var cacheOptions: CacheOptions

  @OptionGroup var threading: ThreadOptions

  @OptionGroup var reporting: ReportingOptions

  @Flag(help: .hidden)
  var worker = false

  func run() throws {
    threading.apply()
    if worker { return try work() }
    let display = try reporting.display()
    try display.during { try supervise(display) }
  }
}

extension Batch {
  /// Clips that a worker gets at once where not all networks fit into memory together: each network
  /// then serves all of them before the next is opened.
  private static let groupSize = 8

  /// This process: plans, hands out, and writes down what becomes of it.
  private func supervise(_ display: ProgressDisplay) throws {
    let model = try likeFile
    let batch = try BatchPlan(
      plan, requestOptions: requestOptions, like: model?.record.request,
      format: outputOptions.format?.rawValue ?? model?.record.output.format ?? "wav")
    if let note = batch.note { display.note(note) }
    for failure in batch.failures {
      display.note("\(failure.id): failed, \(failure.error?.message ?? "")")
    }
    let total = batch.clips.count + batch.failures.count
    guard !dryRun else {
      for clip in batch.clips {
        if json { printLine(asciiJSON(clip)) } else { clip.outputs.forEach(printLine) }
      }
      return try judge(batch.failures, of: total)
    }
    let selection = try modelOptions.selection(variant ?? model?.variant()) { display.note($0) }
    let recipe = try BatchRecipe(
      selection, options: outputOptions, like: model?.record.output, reports: report)
    try makeOutputFolder(path: batch.folder)
    try ShardList(batch).write(in: batch.folder)
    let results = try ResultsFile(folder: batch.folder, shard: batch.shard.index)
    let queue = try BatchQueue(
      batch, recipe: recipe, results: results, retriesFailed: retryFailed)
    display.note(queue.summary)
    if failFast { try judge(queue.unplanned, of: total) }
    let fits = memory >= InstalledModels(folder: selection.folder).byteCount(of: recipe.variant)
    let run = BatchRun(
      queue.clips, of: total, recipe: recipe, results: results, display: display,
      arguments: CommandArguments.all + [CommandArguments.worker],
      groupSize: fits ? 1 : Self.groupSize, stopsAtFailure: failFast
    ) { result, lines in
      // On a terminal both go to the same line.
      display.clear()
      for line in json ? lines : result.outputs { printLine(line) }
    }
    try run.run()
    try judge(run.failures + queue.passedOver + queue.unplanned, of: total)
  }

  /// The process that opens videos and weights.
  private func work() throws {
    endWithParent()
    let model = try likeFile
    let selection = try modelOptions.selection(variant ?? model?.variant())
    let pipeline = Pipeline(
      models: selection.folder, variant: selection.variant, cache: cacheOptions.cache,
      keepsOpen: memory)
    var options = outputOptions
    // What is there was made otherwise, or is not whole.
    options.existing = .replace
    let recipe = try BatchRecipe(
      selection, options: options, like: model?.record.output, reports: report)
    try BatchWorker(pipeline: pipeline, recipe: recipe).run()
  }

  private var likeFile: LikeFile? {
    get throws { try like.map { try LikeFile(path: $0) } }
  }

  private var memory: Int { maxMemory?.count ?? (AvailableMemory.byteCount ?? 0) / 2 }

  /// Throws if a clip failed.
  private func judge(_ failures: [ClipResult], of total: Int) throws {
    let forGood = failures.count { $0.error?.isTemporary == false }
    if forGood > 0 { throw CommandError.clipsFailed(failed: forGood, total: total) }
    if !failures.isEmpty {
      throw CommandError.clipsUnfinished(failed: failures.count, total: total)
    }
  }
}
