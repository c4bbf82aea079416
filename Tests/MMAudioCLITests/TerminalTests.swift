import Foundation
import MMAudioTestSupport
import Testing

@testable import MMAudioCLI

/// What a person at a terminal sees, and is asked.
@Suite struct TerminalTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  @Test("a download begins only after a yes")
  func licences() throws {
    let server = try LocalServer { _, _ in .init(["HTTP/1.1 404 Not Found", "Content-Length: 0"]) }
    let arguments = [
      "models", "pull", "small_16k", "--models", place.scratch.file("m").path, "--base-url",
      server.url.absoluteString, "--retry-wait", "0.01",
    ]
    for typed in ["n\n", "", "\n", "nyes\n"] {
      let outcome = try place.runOnTerminal(arguments, typing: typed)
      #expect(outcome.status == 64)
      #expect(
        outcome.output.contains("Download these files and accept their licences? [y/N]"))
      #expect(
        outcome.output.hasSuffix(
          "nothing was downloaded: the licences were not accepted; answer y, or pass "
            + "--accept-license\r\n"))
    }
    #expect(server.requests == [])
    for typed in ["y\n", "YES\n"] {
      let outcome = try place.runOnTerminal(arguments, typing: typed)
      #expect(outcome.status == 69)
      #expect(outcome.output.contains("answers with status 404"))
    }
    #expect(server.requests.count == 2)
  }

  @Test("a batch's results stand on lines of their own, not behind the bar")
  func batch() throws {
    let rows = #"{"id":"a","prompt":"rain"}"# + "\n" + #"{"id":"b","prompt":"wind"}"# + "\n"
    _ = try place.scratch.write(Array(rows.utf8), to: "clips.jsonl")
    let outcome = try place.runOnTerminal([
      "batch", "--manifest", "clips.jsonl", "-o", "out", "--models", place.models.path, "--variant",
      "small_16k", "--steps", "1", "--duration", "1",
    ])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains(Terminal.lineStart + "out/a.wav\r\n"))
    #expect(outcome.output.contains(Terminal.lineStart + "out/b.wav\r\n"))
  }

  @Test("a terminal has a bar and colours, unless NO_COLOR or TERM says that it should not")
  func colours() throws {
    func output(_ environment: [String: String]) throws -> String {
      let arguments = [
        "generate", "--models", place.models.path, "--variant", "small_16k", "--steps", "1",
        "--duration", "1", "--prompt", "rain", "-y",
      ]
      let outcome = try place.runOnTerminal(arguments, environment: environment)
      #expect(outcome.status == 0)
      #expect(outcome.output.hasSuffix("small_16k\r\nrain.wav\r\n"), "\(outcome)")
      return outcome.output
    }
    let bar = String(repeating: "#", count: 20)
    let coloured = try output(["TERM": "xterm"])
    #expect(coloured.contains("\r\u{1B}[Kvocoding [\u{1B}[36m\(bar)\u{1B}[0m] 64/64"))
    let plain = try output(["TERM": "xterm", "NO_COLOR": "1"])
    #expect(plain.contains("\r\u{1B}[Kvocoding [\(bar)] 64/64"))
    let dumb = try output(["TERM": "dumb"])
    #expect(!dumb.contains("\u{1B}"))
    #expect(dumb.contains("vocoding 0/64\r\n"))
  }
}
