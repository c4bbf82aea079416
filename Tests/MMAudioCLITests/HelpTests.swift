import Foundation
import Testing

@Suite struct HelpTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  @Test(
    "help is the committed text",
    arguments: [
      ("help.txt", ["--help"]), ("help-generate.txt", ["generate", "--help"]),
      ("help-inspect.txt", ["inspect", "--help"]), ("help-doctor.txt", ["doctor", "--help"]),
      ("help-convert.txt", ["convert", "--help"]), ("help-stage.txt", ["stage", "--help"]),
      ("help-bench.txt", ["bench", "--help"]), ("help-models.txt", ["models", "--help"]),
      ("help-models-list.txt", ["models", "list", "--help"]),
      ("help-models-pull.txt", ["models", "pull", "--help"]),
      ("help-models-verify.txt", ["models", "verify", "--help"]),
      ("help-models-path.txt", ["models", "path", "--help"]),
      ("help-models-rm.txt", ["models", "rm", "--help"]),
      ("help-batch.txt", ["batch", "--help"]), ("help-report.txt", ["report", "--help"]),
      ("help-cache.txt", ["cache", "--help"]),
      ("help-cache-stats.txt", ["cache", "stats", "--help"]),
      ("help-cache-clear.txt", ["cache", "clear", "--help"]),
      ("help.txt", []), ("help-generate.txt", ["help", "generate"]),
    ])
  func help(snapshot: String, arguments: [String]) throws {
    let outcome = try place.run(arguments)
    #expect(outcome.output == (try String(contentsOf: fixture(snapshot), encoding: .utf8)))
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
  }

  @Test("the version is a line of its own, before what the machine is")
  func version() throws {
    let outcome = try place.run(["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
    #expect(outcome.output.hasPrefix("0.1.0\nSwift code for "))
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.last?.hasPrefix("FFmpeg ") == true)
  }
}
