import Foundation
import MMAudio

/// Tells on stderr how far a download is: one line that is rewritten on a terminal, plain lines
/// elsewhere.
struct DownloadDisplay {
  private let isQuiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var name = ""
  private var start = (time: ContinuousClock.now, done: 0)
  private var lastLine = ContinuousClock.now
  private var lineIsOpen = false

  /// A display that shows nothing if `quiet`.
  init(quiet: Bool) { isQuiet = quiet }

  /// Shows a step.
  mutating func update(_ step: ModelDownloader.Step) {
    guard case .downloading(let file, let done, let total) = step else { return clear() }
    guard !isQuiet else { return }
    let now = ContinuousClock.now
    let isNew = name != file.name || done < start.done
    if isNew {
      name = file.name
      start = (now, done)
    }
    // Pieces come faster than anybody reads.
    guard isNew || done == total || now - lastLine >= .seconds(isTerminal ? 0.2 : 10) else {
      return
    }
    lastLine = now
    let rate = Double(done - start.done) / max((now - start.time) / .seconds(1), 0.001)
    let line = Self.text(name, done: done, total: total, rate: Int(rate))
    ProgressDisplay.write(isTerminal ? ProgressDisplay.lineStart + line.prefix(79) : line + "\n")
    lineIsOpen = isTerminal
  }

  /// Takes the last line off a terminal.
  mutating func clear() {
    if lineIsOpen { ProgressDisplay.write(ProgressDisplay.lineStart) }
    lineIsOpen = false
  }

  /// `v1-44.pth 12%, 147.5 MB of 1.2 GB, 20.1 MB/s`.
  static func text(_ name: String, done: Int, total: Int?, rate: Int) -> String {
    guard let total, total > 0 else { return "\(name) \(Models.size(done))" }
    let share = "\(name) \(100 * done / total)%, \(Models.size(done)) of \(Models.size(total))"
    return done < total && rate > 0 ? "\(share), \(Models.size(rate))/s" : share
  }
}
