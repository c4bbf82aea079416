import ArgumentParser

/// What a command says on stderr, for every command that works for a while.
struct ReportingOptions: ParsableArguments {
  @Option(
    help: """
      How to show progress on stderr; default: bar on a terminal, else plain. json is one object a \
      line.
      """)
  var progress: ProgressStyle?

  @Flag(name: .shortAndLong, help: "Print no progress and no notes.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Print what is used and how long each stage took.")
  var verbose = false

  @Option(
    help: "File to add everything to that is said, with times, as --verbose has it.",
    completion: .file())
  var logFile: String?

  /// A display that does as it is told.
  ///
  /// - Throws: that the log cannot be written
  func display() throws -> ProgressDisplay {
    ProgressDisplay(
      style: quiet ? ProgressStyle.none : progress ?? .standard, isQuiet: quiet,
      isVerbose: verbose, log: try logFile.map { try LogFile(path: $0) })
  }
}

/// Ways to show progress.
enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
  /// One line that is rewritten.
  case bar
  /// A line now and then.
  case plain
  /// An object a line.
  case json
  /// Nothing.
  case none

  /// What suits where stderr goes.
  static var standard: ProgressStyle {
    Terminal.canRewriteLines ? .bar : .plain
  }
}
