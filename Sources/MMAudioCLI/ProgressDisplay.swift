import Foundation
import MMAudio

/// Tells on stderr how far a run is: one line that is rewritten on a terminal, plain lines elsewhere.
struct ProgressDisplay {
  private let mode: Mode
  private var stage: StageProgress.Stage?
  private var hasBegun = false
  private var stageStart = ContinuousClock.now
  private var lastLine = ContinuousClock.now
  /// Whether the terminal shows a line that the next one replaces.
  private var lineIsOpen = false

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
    // Until the first stage has done something, an error is likely, and should stand alone in a log.
    hasBegun = hasBegun || progress.done > 0
    guard hasBegun || mode == .terminal else { return }
    let isNew = stage != progress.stage
    if isNew {
      stage = progress.stage
      stageStart = .now
    }
    let elapsed = seconds(since: stageStart)
    if mode == .terminal {
      let columns = Self.columns
      let line = Self.text(progress, elapsed: elapsed, bar: columns >= 72)
      // A line that wraps could not be replaced.
      Self.write(Self.lineStart + line.prefix(columns - 1))
      lineIsOpen = true
    } else if isNew || progress.done < progress.total && seconds(since: lastLine) >= 10 {
      lastLine = .now
      Self.write(Self.text(progress, elapsed: elapsed, bar: false) + "\n")
    }
  }

  /// Prints a line of its own.
  mutating func note(_ text: String) {
    guard mode != .quiet else { return }
    clear()
    Self.write(text + "\n")
  }

  /// Takes the last line off a terminal.
  mutating func clear() {
    if lineIsOpen { Self.write(Self.lineStart) }
    lineIsOpen = false
  }

  /// Takes whatever line a terminal shows off it, as the last thing that a process does.
  static func abandon() {
    if isatty(STDERR_FILENO) == 1 { write(lineStart) }
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

  /// Goes to the start of the line and clears it.
  static let lineStart = "\r\u{1B}[K"

  /// Characters on a line of the terminal.
  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes to stderr; where that is closed or full, nobody is left to tell.
  static func write(_ text: some StringProtocol) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
