import Foundation
import MMAudio
import MMAudioMedia

/// Makes clips that another process hands out, in a process that may crash.
struct BatchWorker {
  let pipeline: Pipeline
  let recipe: BatchRecipe

  /// Asks for clips and makes them until there are none.
  func run() throws {
    while true {
      try send(.ready)
      guard let line = readLine(), !line.isEmpty,
        let clips = MessageLine.decode([PlannedClip].self, from: Data(line.utf8)),
        !clips.isEmpty
      else { return }
      try make(clips)
    }
  }

  /// Makes clips together; whatever is wrong with one is told and no other suffers.
  private func make(_ clips: [PlannedClip]) throws {
    let stamps = clips.map { $0.video.flatMap(FileStamp.init) }
    var jobs: [(clip: Int, job: ClipJob)] = []
    for (index, clip) in clips.enumerated() {
      try send(.at(id: clip.id, stage: "opening"))
      do {
        jobs.append((index, try job(clip)))
      } catch {
        try send(.finished(failure(clip, stamps[index], error), lines: []))
      }
    }
    var timings = jobs.map { _ in StageTimings() }
    var clock = StepClock()
    var stage: (clip: Int, stage: StageProgress.Stage)?
    let sounds = pipeline(jobs.map(\.job.request)) { index, step in
      if stage?.clip != index || stage?.stage != step.stage {
        stage = (index, step.stage)
        try send(.at(id: clips[jobs[index].clip].id, stage: step.stage.rawValue))
      }
      timings[index].count(step, by: &clock)
    }
    for (index, (number, job)) in jobs.enumerated() {
      let clip = clips[number]
      try send(.at(id: clip.id, stage: "writing"))
      do {
        var notes: [String] = []
        let results = try job.write(sounds[index].get(), timings[index]) { notes.append($0) }
        try Sidecar(id: clip.id, input: stamps[number], results: results)
          .write(beside: clip.outputs[0])
        for note in job.leftOut.map({ "the output lacks \($0)" }) + notes {
          try send(.note(id: clip.id, text: note))
        }
        try send(.finished(success(clip, stamps[number], results), lines: results.map(asciiJSON)))
      } catch let error as WorkerPipeBroken {
        throw error
      } catch {
        try send(.finished(failure(clip, stamps[number], error), lines: []))
      }
    }
  }

  private func job(_ clip: PlannedClip) throws -> ClipJob {
    for path in clip.outputs {
      try makeOutputFolder(path: folderName(of: path))
    }
    return try ClipJob(
      clip.request, paths: clip.outputs, settings: recipe.settings(for: clip),
      options: recipe.options, pipeline: pipeline, variant: recipe.variant)
  }

  private func success(
    _ clip: PlannedClip, _ stamp: FileStamp?, _ results: [GenerationResult]
  ) -> ClipResult {
    ClipResult(
      id: clip.id, status: .done, seconds: results[0].seconds, outputs: clip.outputs,
      recipe: recipe.digest(of: clip), input: stamp)
  }

  private func failure(
    _ clip: PlannedClip, _ stamp: FileStamp?, _ error: any Error
  ) -> ClipResult {
    ClipResult(
      id: clip.id, status: .failed, error: ClipResult.Failure(error),
      recipe: recipe.digest(of: clip), input: stamp)
  }

  private func send(_ event: WorkerEvent) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: MessageLine.encode(event))
    } catch {
      throw WorkerPipeBroken()
    }
  }
}

/// The process that a worker works for is gone.
struct WorkerPipeBroken: Error {}
