import ArgumentParser
import Foundation
import MMAudio

/// `mmaudio models`: which published models are here, and how to get and remove them.
struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Download, list, check and remove the published models.",
    subcommands: [
      ModelsList.self, ModelsPull.self, ModelsVerify.self, ModelsPath.self, ModelsRemove.self,
    ])

  /// A size as people read it, such as `3.9 GB`.
  static func size(_ byteCount: Int) -> String {
    byteCount < 1_000_000_000
      ? String(format: "%.1f MB", Double(byteCount) / 1e6)
      : String(format: "%.1f GB", Double(byteCount) / 1e9)
  }

  /// Asks on the terminal; nil if there is none.
  static func confirm(_ question: String) -> Bool? {
    guard isatty(STDIN_FILENO) == 1 else { return nil }
    Terminal.write("\(question) [y/N] ")
    return ["y", "yes"].contains(readLine()?.lowercased())
  }
}
