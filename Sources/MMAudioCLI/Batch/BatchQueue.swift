import MMAudio
import MMAudioMedia

/// What is to be made of a plan, by what is there and by what failed before.
struct BatchQueue {
  /// To be made, in the order of the plan.
  private(set) var clips: [PlannedClip] = []
  /// The results of clips that failed before for good, and are what they were then.
  private(set) var passedOver: [ClipResult] = []
  /// The results of clips that could not even be planned.
  let unplanned: [ClipResult]
  private var done = 0

  /// Looks at every clip's outputs, and removes what killed processes left beside them.
  ///
  /// - Parameters:
  ///   - plan: what there is to make
  ///   - recipe: what the sounds depend on beside the clips
  ///   - results: gets a line for a clip that is done and has none yet
  ///   - retriesFailed: whether clips that failed are made again
  /// - Throws: that a line cannot be added
  init(
    _ plan: BatchPlan, recipe: BatchRecipe, results: ResultsFile, retriesFailed: Bool
  ) throws {
    let before = results.before
    for folder in Set(plan.clips.map { folderName(of: $0.outputs[0]) } + [plan.folder]) {
      TemporaryFiles.removeLeftovers(in: folder)
    }
    unplanned = plan.failures
    for result in unplanned where before[result.id] != result { try results.add(result) }
    for clip in plan.clips {
      let last = before[clip.id]
      if let sidecar = Sidecar(beside: clip.outputs[0]), sidecar.isDone(clip, with: recipe) {
        done += 1
        if last?.status != .done || last?.extra != clip.extra {
          var result = sidecar.result(recipe.digest(of: clip), outputs: clip.outputs)
          result.extra = clip.extra
          try results.add(result)
        }
      } else if !retriesFailed, let last, last.failedForGood,
        last.recipe == recipe.digest(of: clip),
        last.input == clip.video.flatMap(FileStamp.init(video:))
      {
        passedOver.append(last)
      } else {
        clips.append(clip)
      }
    }
  }

  /// `24 clips: 20 to make, 3 done before, 1 failed before (see --retry-failed)`.
  var summary: String {
    let total = clips.count + done + passedOver.count + unplanned.count
    var parts = ["\(clips.count) to make"]
    if done > 0 { parts.append("\(done) done before") }
    if !passedOver.isEmpty {
      parts.append("\(passedOver.count) failed before (see --retry-failed)")
    }
    if !unplanned.isEmpty { parts.append("\(unplanned.count) cannot be made") }
    return "\(total) clip\(total == 1 ? "" : "s"): \(parts.joined(separator: ", "))"
  }
}
