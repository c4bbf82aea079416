import Foundation
import MMAudio
import MMAudioMedia

/// A step of work that takes a while.
protocol Progress {
  /// What is at work.
  var name: String { get }
  /// How much is done.
  var done: Int { get }
  /// How much there is, if that is known.
  var whole: Int? { get }

  /// The step as a line.
  ///
  /// - Parameters:
  ///   - elapsed: seconds since the work of this name began
  ///   - first: how much was done then
  ///   - bar: whether there is room for a bar
  /// - Returns: a line that is cut where the terminal ends
  func line(elapsed: Double, first: Int, bar: Bool) -> String
}

/// Tells on stderr, and in a log, what a command is doing.
final class ProgressDisplay {
  private let style: ProgressStyle
  private let isQuiet: Bool
  private let isVerbose: Bool
  private let log: LogFile?
  private var work = Work(name: "", done: 0)
  private var seen: Set<String> = []
  private var hasBegun = false
  private var lastShown = ContinuousClock.now
  /// Whether the terminal shows a line that the next one replaces.
  private var lineIsOpen = false

  /// The work of one name.
  private struct Work {
    let name: String
    /// How much was done when it began.
    var first: Int
    var done: Int
    let start = ContinuousClock.now

    init(name: String, done: Int) {
      self.name = name
      first = done
      self.done = done
    }

    var elapsed: Double { start.duration(to: .now) / .seconds(1) }
  }

  /// A display.
  ///
  /// - Parameters:
  ///   - style: how to show progress
  ///   - isQuiet: whether notes are not shown either
  ///   - isVerbose: whether details are
  ///   - log: gets notes and details in any case
  init(style: ProgressStyle, isQuiet: Bool = false, isVerbose: Bool = false, log: LogFile? = nil) {
    self.style = style
    self.isQuiet = isQuiet
    self.isVerbose = isVerbose
    self.log = log
  }

  /// Shows a step.
  func update(_ progress: some Progress) {
    // Until something is done an error is likely, and should stand alone in a log.
    hasBegun = hasBegun || progress.done > 0
    guard style != .none, hasBegun || style == .bar else { return }
    let isNew = work.name != progress.name || progress.done < work.done
    if isNew { work = Work(name: progress.name, done: progress.done) }
    work.done = progress.done
    let isFirst = seen.insert(progress.name).inserted
    let isLast = progress.done == progress.whole
    let pause = lastShown.duration(to: .now) / .seconds(1)
    switch style {
    case .bar where isNew || isLast || pause >= 0.1: showBar(progress)
    case .json where isNew || isLast || pause >= 0.1:
      Terminal.write(asciiJSON(Step(progress)) + "\n")
    case .plain where isFirst || !isLast && pause >= 10: showLine(progress)
    default: return
    }
    lastShown = .now
  }

  /// Prints a line of its own, unless the user wants none.
  func note(_ text: String) { say(text, isShown: !isQuiet) }

  /// Prints a line of its own for a user who wants to know more.
  func detail(_ text: String) { say(text, isShown: isVerbose && !isQuiet) }

  /// Does work that is shown here; the log gets to know why it failed, which stderr will in any case.
  func during(_ work: () throws -> Void) throws {
    defer { clear() }
    do {
      try work()
    } catch {
      let cause = CommandError.cause(of: error)
      log?.add("error: \(CommandError.line(for: cause) ?? "\(cause)")")
      throw error
    }
  }

  /// Takes the last line off a terminal.
  func clear() {
    if lineIsOpen { Terminal.write(Terminal.lineStart) }
    lineIsOpen = false
  }

  private func say(_ text: String, isShown: Bool) {
    log?.add(text)
    guard isShown else { return }
    clear()
    Terminal.write((style == .json ? asciiJSON(["note": text]) : text.readable) + "\n")
  }

  private func showBar(_ progress: some Progress) {
    let columns = Terminal.columns
    let line = progress.line(elapsed: work.elapsed, first: work.first, bar: columns >= 72).readable
    // A line that wraps could not be replaced.
    let visible = line.prefix(columns - 1)
    Terminal.write(
      Terminal.lineStart + visible.replacing(#/#+/#, maxReplacements: 1) { Colour.cyan($0.output) })
    lineIsOpen = true
  }

  private func showLine(_ progress: some Progress) {
    Terminal.write(
      progress.line(elapsed: work.elapsed, first: work.first, bar: false).readable + "\n")
  }
}

/// A step as a line of JSON.
private struct Step: Encodable {
  let name: String
  let done: Int
  let total: Int?

  init(_ progress: some Progress) {
    name = progress.name
    done = progress.done
    total = progress.whole
  }
}

extension StageProgress: Progress {
  var name: String { stage.rawValue }
  var whole: Int? { total }

  /// `sampling [##########          ] 10/20, 12 s left`, the part in brackets only with a bar.
  func line(elapsed: Double, first: Int, bar: Bool) -> String {
    guard total > 1 else { return name }
    return ProgressLine.text(
      name, done: done, of: total, elapsed: elapsed, first: first, bar: bar)
  }
}

/// How far work is of which the steps can be counted.
enum ProgressLine {
  /// A name, a bar if there is room, the steps, and the time that the rest will take at the same pace.
  static func text(
    _ name: String, done: Int, of total: Int, elapsed: Double, first: Int, bar: Bool
  ) -> String {
    let filled = String(repeating: "#", count: 20 * done / max(1, total))
    let line =
      name + (bar ? " [\(filled.padding(toLength: 20, withPad: " ", startingAt: 0))]" : "")
      + " \(done)/\(total)"
    guard done > first, done < total else { return line }
    return line + ", \(duration(elapsed / Double(done - first) * Double(total - done))) left"
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }
}
