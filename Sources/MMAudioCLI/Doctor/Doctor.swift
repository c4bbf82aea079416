import ArgumentParser
import MMAudio

/// `mmaudio doctor`: whether everything that a run needs is here.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the machine, the libraries and the models, and say what to do.",
    discussion: "Ends with status 69 if something that every run needs is missing.")

  @OptionGroup var place: ModelFolderOption

  func run() throws {
    let findings = MachineCheck.findings + LibraryCheck.findings + ModelCheck(place).findings
    for finding in findings { print(finding.line) }
    let bad = findings.count { $0.state == .bad }
    guard bad == 0 else { throw CommandError.unfit(problems: bad) }
  }
}
