import Foundation
import MMAudio

/// Tells on stderr how far a run is: one line that is rewritten on a terminal, plain lines elsewhere.
struct ProgressDisplay {
  private let mode: Mode
  private var stage: StageProgress.Stage?
  private var stageStart = ContinuousClock.now
  private var lastLine = ContinuousClock.now

  private enum Mode {
    case terminal, plain, quiet
  }

  /// A display that shows nothing if `quiet`.
  init(quiet: Bool) {
    mode = quiet ? .quiet : isatty(STDERR_FILENO) == 1 ? .terminal : .plain
  }

  /// Shows a step.
  mutating func update(_ progress: StageProgress) {
    guard mode != .quiet else { return }
    let isNew = stage != progress.stage
    if isNew {
      stage = progress.stage
      stageStart = .now
    }
    let elapsed = seconds(since: stageStart)
    if mode == .terminal {
      write("\r\u{1B}[K" + Self.text(progress, elapsed: elapsed, bar: true))
    } else if isNew || progress.done < progress.total && seconds(since: lastLine) >= 10 {
      lastLine = .now
      write(Self.text(progress, elapsed: elapsed, bar: false) + "\n")
    }
  }

  /// Prints a line of its own.
  func note(_ text: String) {
    guard mode != .quiet else { return }
    write((mode == .terminal ? "\r\u{1B}[K" : "") + text + "\n")
  }

  /// Takes the last line off a terminal.
  func clear() {
    if mode == .terminal { write("\r\u{1B}[K") }
  }

  /// `sampling [##########          ] 10/20, 12 s left`, the part in brackets only with a bar.
  static func text(_ progress: StageProgress, elapsed: Double, bar: Bool) -> String {
    let (done, total) = (progress.done, progress.total)
    guard total > 1 else { return progress.stage.rawValue }
    let filled = String(repeating: "#", count: 20 * done / total)
    let line =
      progress.stage.rawValue
      + (bar ? " [\(filled.padding(toLength: 20, withPad: " ", startingAt: 0))]" : "")
      + " \(done)/\(total)"
    guard done > 0, done < total else { return line }
    return line + ", \(duration(elapsed / Double(done) * Double(total - done))) left"
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }

  private func seconds(since start: ContinuousClock.Instant) -> Double {
    start.duration(to: .now) / .seconds(1)
  }

  private func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
