import Foundation
import MMAudioMedia

/// What stderr is connected to.
enum Terminal {
  /// Whether it is a terminal that can go back to the start of a line.
  static var canRewriteLines: Bool {
    isatty(STDERR_FILENO) == 1 && variable("TERM") != "dumb"
  }

  /// Whether it shows colours, and the user has not asked for none (no-color.org).
  static var hasColours: Bool { canRewriteLines && variable("NO_COLOR").isEmpty }

  /// Characters on a line.
  static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
    return Int(size.ws_col)
  }

  /// Goes to the start of the line and clears it.
  static let lineStart = "\r\u{1B}[K"

  /// Writes to stderr; where that is closed or full, nobody is left to tell.
  static func write(_ text: some StringProtocol) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Takes whatever line a terminal shows off it, as the last thing that a process does.
  static func abandonLine() {
    if canRewriteLines { write(lineStart) }
  }

  private static func variable(_ name: String) -> String {
    ProcessInfo.processInfo.environment[name] ?? ""
  }
}

/// Prints a line that may be a path, whose bytes are as the system has them.
func printLine(_ line: String) {
  // Whether it arrived is told when the command ends.
  puts(line.systemPath)
}

/// Text in colours of the terminal's own palette.
enum Colour: String {
  case red = "31"
  case cyan = "36"

  /// The text, coloured where that shows.
  func callAsFunction(_ text: some StringProtocol) -> String {
    Terminal.hasColours ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : String(text)
  }
}
