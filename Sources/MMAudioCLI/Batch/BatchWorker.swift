import Foundation
import MMAudio
import MMAudioMedia
import MMAudioReport

/// Makes clips that another process hands out, in a process that may crash.
struct BatchWorker {
  let pipeline: Pipeline
  let recipe: BatchRecipe

  /// A clip with what its video was when it was handed out.
  private struct Handed {
    let clip: PlannedClip
    let stamp: FileStamp?
  }

  /// Asks for clips and makes them until there are none, each time with the next ones at hand.
  func run() throws {
    var clips = try ask()
    while !clips.isEmpty {
      let next = try ask()
      try make(clips, next: next.first?.clip.request)
      // It may have been too early to ask.
      clips = next.isEmpty ? try ask() : next
    }
  }

  /// The next clips; none if there are none, or none before those at hand are done.
  private func ask() throws -> [Handed] {
    try send(.ready)
    guard let line = readLine(),
      let clips = MessageLine.decode([PlannedClip].self, from: Data(line.utf8))
    else { return [] }
    return clips.map { Handed(clip: $0, stamp: $0.video.flatMap(FileStamp.init(video:))) }
  }

  /// Makes clips together, and reports a fault of one without harm to the others.
  private func make(_ clips: [Handed], next: GenerationRequest?) throws {
    var jobs: [(handed: Handed, job: ClipJob)] = []
    for handed in clips {
      try send(.at(id: handed.clip.id, stage: "opening"))
      do {
        jobs.append((handed, try job(handed.clip)))
      } catch {
        try send(.finished(failure(handed, error), lines: []))
      }
    }
    var timings = jobs.map { _ in StageTimings() }
    var clock = StepClock()
    var stage: (clip: Int, stage: StageProgress.Stage)?
    let sounds = pipeline(jobs.map(\.job.request), next: next) { index, step in
      if stage?.clip != index || stage?.stage != step.stage {
        stage = (index, step.stage)
        try send(.at(id: jobs[index].handed.clip.id, stage: step.stage.rawValue))
      }
      timings[index].count(step, by: &clock)
    }
    for (index, (handed, job)) in jobs.enumerated() {
      let clip = handed.clip
      try send(.at(id: clip.id, stage: "writing"))
      do {
        var notes: [String] = []
        let results = try job.write(sounds[index].get(), timings[index]) { notes.append($0) }
        try recipe.report(for: clip).map { page in
          try ReportPage(results, of: clip.request).write(to: page)
        }
        try Sidecar(id: clip.id, input: handed.stamp, results: results)
          .write(beside: clip.outputs[0])
        let losses = job.leftOut.map { "the output lacks \($0)" }
        let known = [job.choice].compactMap(\.self) + losses + (job.unread?.notes ?? [])
        notes.insert(contentsOf: known, at: 0)
        for note in notes { try send(.note(id: clip.id, text: note)) }
        try send(.finished(success(handed, results, notes), lines: results.map(asciiJSON)))
      } catch let error as WorkerPipeBroken {
        throw error
      } catch {
        try send(.finished(failure(handed, error), lines: []))
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
    _ handed: Handed, _ results: [GenerationResult], _ notes: [String]
  ) -> ClipResult {
    ClipResult(
      id: handed.clip.id, status: .done, seconds: results[0].seconds,
      outputs: handed.clip.outputs, notes: notes.isEmpty ? nil : notes,
      recipe: recipe.digest(of: handed.clip), input: handed.stamp)
  }

  private func failure(_ handed: Handed, _ error: any Error) -> ClipResult {
    ClipResult(
      id: handed.clip.id, status: .failed, error: ClipResult.Failure(error),
      recipe: recipe.digest(of: handed.clip), input: handed.stamp)
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
