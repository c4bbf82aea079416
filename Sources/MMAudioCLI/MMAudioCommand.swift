import ArgumentParser
import Foundation
import MMAudioKernels

/// The root command: a list of subcommands, and the one place where errors become words and codes.
@main
struct MMAudioCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mmaudio",
    abstract: "Generate sound for a silent video, or from a prompt, with MMAudio.",
    version: "0.1.0\n\(Machine.description)",
    subcommands: [Generate.self, Convert.self, Stage.self, Bench.self])

  static func main() {
    BLASCore.restartIfMisdetected()
    Interruption.install()
    do {
      var command = try parseAsRoot(Self.arguments)
      try command.run()
    } catch {
      let code = exitCode(for: error)
      // Help and version are "errors" of the parser that succeed.
      if code == .success { exit(withError: error) }
      let message = CommandError.line(for: error) ?? usage(error)
      FileHandle.standardError.write(Data("mmaudio: \(message)\n".utf8))
      Foundation.exit(CommandError.status(for: error))
    }
  }

  /// The arguments, with `--name=` as a name and an empty value: the parser takes it for a name alone.
  private static var arguments: [String] {
    CommandLine.arguments.dropFirst().flatMap { argument in
      argument.hasPrefix("--") && argument.count > 3
        && argument.firstIndex(of: "=") == argument.indices.last
        ? [String(argument.dropLast()), ""] : [argument]
    }
  }

  /// The parser's own message as one line.
  private static func usage(_ error: any Error) -> String {
    let words = message(for: error).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return "\(words.hasSuffix(".") ? String(words.dropLast()) : words); see `mmaudio --help`"
  }
}
