import ArgumentParser
import Foundation
import MMAudioKernels
import MMAudioMedia

/// Version of the program, which every other place takes from `mmaudio --version`.
let mmaudioVersion = "0.1.0"

/// The root command: a list of subcommands, and the one place where errors become words and codes.
@main
struct MMAudioCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mmaudio",
    abstract: "Generate sound for a silent video, or from a prompt, with MMAudio.",
    version: version.joined(separator: "\n"),
    subcommands: [
      Generate.self, Batch.self, BatchReport.self, Inspect.self, Models.self, Cache.self,
      Doctor.self, Convert.self, Stage.self, Bench.self,
    ])

  /// The version, what the code runs on, and the libraries, a line each.
  static var version: [String] {
    [
      mmaudioVersion, Machine.description,
      "FFmpeg \(MediaSupport.ffmpegVersion), \(MediaSupport.sndfileVersion)",
    ]
  }

  static func main() {
    VectorUnits.startBetterTwin()
    BLASCore.restartIfMisdetected()
    Interruption.install()
    do {
      var command = try parseAsRoot(Self.arguments)
      try command.run()
      guard fflush(nil) == 0 else { throw CommandError.standardOutput }
    } catch {
      let code = exitCode(for: error)
      // Help and version are "errors" of the parser that succeed.
      if code == .success { exit(withError: error) }
      let message = CommandError.line(for: error) ?? usage(error)
      Terminal.write("\(Colour.red("mmaudio:")) \(oneLine(message))\n")
      Foundation.exit(CommandError.status(for: error))
    }
  }

  /// The arguments, with prompts in the one spelling that the parser takes whatever they are.
  ///
  /// It takes `--prompt=` for a name without a value, and `--prompt ---` for two names.
  private static var arguments: [String] {
    let names = ["--prompt", "--negative-prompt", "--negative_prompt"]
    var result: [String] = []
    var rest = Program.arguments.dropFirst()
    while let argument = rest.popFirst() {
      if names.contains(argument), let value = rest.popFirst() {
        result += value.isEmpty ? [argument, ""] : ["\(argument)=\(value)"]
      } else if argument.hasSuffix("="), names.contains(String(argument.dropLast())) {
        result += [String(argument.dropLast()), ""]
      } else {
        result.append(argument)
      }
    }
    return result
  }

  /// Errors quote paths, which may hold anything: no line breaks or escape codes.
  private static func oneLine(_ text: String) -> String {
    var line = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator, .format: line.append("\u{FFFD}")
      default: line.append(scalar)
      }
    }
    return String(line)
  }

  /// The parser's own message as one line.
  private static func usage(_ error: any Error) -> String {
    // It lists more than five values one a line.
    let list = message(for: error).replacing(#/:\s*\n\s*-\s/#, with: ": ")
      .replacing(#/\n\s*-\s/#, with: ", ")
    let words = list.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    // It quotes arguments, which may be endless.
    let brief = words.count > 240 ? words.prefix(240) + "…" : words[...]
    if brief.hasSuffix("?") { return "\(brief) See `mmaudio --help`" }
    return "\(brief.hasSuffix(".") ? brief.dropLast() : brief); see `mmaudio --help`"
  }
}
