import Foundation
import MMAudio

/// Makes the clips of a plan by a worker, which is replaced when it crashes.
///
/// This process touches no video and no weights, so that nothing in them can take it down.
final class BatchRun {
  private let recipe: BatchRecipe
  private let results: ResultsFile
  private let display: ProgressDisplay
  private let arguments: [String]
  private let groupSize: Int
  private let stopsAtFailure: Bool
  private let print: (ClipResult, [String]) -> Void
  private var queue: [PlannedClip]
  private var done: Int
  private let total: Int
  /// The clips that the worker has: those at work, and the next ones.
  private var given: [PlannedClip] = []
  /// Clips of which one ended a worker; they are made one at a time, which tells them apart.
  private var suspects: Set<String> = []
  /// What the worker was at when it last said something.
  private var at: (id: String, stage: String)?
  /// Failures of this run.
  private(set) var failures: [ClipResult] = []

  /// - Parameters:
  ///   - queue: what is to be made, in order
  ///   - total: clips of the shard
  ///   - recipe: what the sounds depend on beside the clips
  ///   - results: gets a line for each clip
  ///   - display: says how far it is
  ///   - arguments: of the worker
  ///   - groupSize: clips that a worker gets at once
  ///   - stopsAtFailure: whether the first failure is the end
  ///   - print: called for each clip with its result and a line for each take
  init(
    _ queue: [PlannedClip], of total: Int, recipe: BatchRecipe, results: ResultsFile,
    display: ProgressDisplay, arguments: [String], groupSize: Int, stopsAtFailure: Bool,
    print: @escaping (ClipResult, [String]) -> Void
  ) {
    self.queue = queue
    self.total = total
    done = total - queue.count
    self.recipe = recipe
    self.results = results
    self.display = display
    self.arguments = arguments
    self.groupSize = groupSize
    self.stopsAtFailure = stopsAtFailure
    self.print = print
  }

  /// Works until nothing is left, or until a failure if that is the end.
  ///
  /// - Throws: that a worker cannot be started or a result not be written
  func run() throws {
    while !queue.isEmpty, !isOver {
      let worker = try WorkerProcess(arguments: arguments)
      at = nil
      while !isOver, let event = worker.next() { try handle(event, of: worker) }
      if isOver { worker.stop() }
      let ending = worker.end()
      guard !isOver, !given.isEmpty || ending != nil else { continue }
      try blame(ending ?? .status(0))
    }
  }

  private var isOver: Bool { stopsAtFailure && !failures.isEmpty }

  private func handle(_ event: WorkerEvent, of worker: WorkerProcess) throws {
    switch event {
    case .ready: handOut(to: worker)
    case .at(let id, let stage):
      at = (id, stage)
      display.update(BatchProgress(done: done, total: total, clip: id, stage: stage))
    case .note(let id, let text): display.note("\(id): \(text)")
    case .finished(let result, let lines): try finish(result, lines)
    }
  }

  private func handOut(to worker: WorkerProcess) {
    guard !queue.isEmpty else { return worker.finish() }
    let isCareful = !suspects.isEmpty
    let next = isCareful && !given.isEmpty ? [] : Array(queue.prefix(isCareful ? 1 : groupSize))
    queue.removeFirst(next.count)
    given += next
    worker.give(next)
  }

  private func finish(_ result: ClipResult, _ lines: [String]) throws {
    var result = result
    result.extra = given.first { $0.id == result.id }?.extra
    given.removeAll { $0.id == result.id }
    suspects.remove(result.id)
    done += 1
    try results.add(result)
    if let error = result.error {
      failures.append(result)
      display.note("\(result.id): failed, \(error.message)")
    }
    print(result, lines)
  }

  /// Gives up the clip that the worker had when it ended; of several, the next worker tells which it was.
  private func blame(_ ending: ClipResult.Failure.Ending) throws {
    guard let clip = given.first else {
      throw CommandError.worker(reason: "it ended before it worked on a clip (\(ending))")
    }
    guard given.count == 1 else {
      suspects = Set(given.map(\.id))
      queue = given + queue
      given = []
      return
    }
    try finish(
      ClipResult(
        id: clip.id, status: .failed,
        error: ClipResult.Failure(ending, at: at?.id == clip.id ? at?.stage : nil),
        recipe: recipe.digest(of: clip), input: clip.video.flatMap(FileStamp.init(video:))), [])
  }
}

/// How far a batch is.
struct BatchProgress: Progress {
  let done: Int
  let total: Int
  /// The id of the clip at work.
  let clip: String
  let stage: String

  let name = "clips"
  var whole: Int? { total }

  /// `clips [####      ] 4/10, 12 s left, b: sampling`.
  func line(elapsed: Double, first: Int, bar: Bool) -> String {
    ProgressLine.text(name, done: done, of: total, elapsed: elapsed, first: first, bar: bar)
      + ", \(clip): \(stage)"
  }
}
