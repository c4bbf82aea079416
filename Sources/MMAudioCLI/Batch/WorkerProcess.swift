import Foundation
import MMAudio
import MMAudioKernels

/// A worker as the process that started it sees it.
final class WorkerProcess {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var pending = Data()

  /// Starts this program again as a worker.
  ///
  /// - Parameter arguments: all but the program's name
  /// - Throws: that no process can be started
  init(arguments: [String]) throws(CommandError) {
    // A worker that is gone should be an error to report, not the end of this process too.
    signal(SIGPIPE, SIG_IGN)
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw .worker(reason: error.localizedDescription)
    }
  }

  /// Answers a request for clips; a worker that is gone is noticed when it says nothing more.
  func give(_ clips: [PlannedClip]) {
    try? input.fileHandleForWriting.write(contentsOf: MessageLine.encode(clips))
  }

  /// Tells the worker that there are no clips left.
  func finish() { try? input.fileHandleForWriting.close() }

  /// Has the worker drop what it is at and end.
  func stop() { process.terminate() }

  /// The next thing that the worker tells; nil once it is gone.
  func next() -> WorkerEvent? {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = pending[..<end]
        pending = Data(pending[(end + 1)...])
        if let event = MessageLine.decode(WorkerEvent.self, from: Data(line)) { return event }
        continue
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { return nil }
      pending.append(more)
    }
  }

  /// Waits for the end of the worker.
  ///
  /// - Returns: nil if it ended as it should, else how it ended
  func end() -> ClipResult.Failure.Ending? {
    finish()
    process.waitUntilExit()
    let status = process.terminationStatus
    if process.terminationReason == .uncaughtSignal { return .signal(status) }
    return status == 0 ? nil : .status(status)
  }
}

extension ClipResult.Failure {
  /// How a process ended that did not end as it should.
  enum Ending: Equatable {
    case signal(Int32)
    case status(Int32)
  }

  /// The failure of a clip at whose work the process ended.
  ///
  /// - Parameters:
  ///   - ending: how it did
  ///   - stage: what it was at; nil if it had not said so
  init(_ ending: Ending, at stage: String?) {
    let stage = stage ?? "opening"
    switch ending {
    case .signal(SIGKILL):
      kind = .killed
      message =
        "the process was killed while \(stage), most likely for want of memory; try --low-memory, or "
        + "run it again with --retry-failed when more is free"
    case .signal(let number):
      kind = .crash
      message =
        "the process ended with signal \(number) while \(stage); the clip may be damaged, try it after "
        + "`ffmpeg -i CLIP -c:v libx264 CLIP.mp4`, with --retry-failed"
    case .status(let status):
      kind = .crash
      message = "the process ended with status \(status) while \(stage); try it with --retry-failed"
    }
  }
}
