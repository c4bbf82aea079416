import Foundation
import MMAudioTestSupport

/// Writes the tiny synthetic models into a folder: they run every part of the program, as noise.
@main
enum MakeTinyModels {
  static func main() throws {
    guard let path = CommandLine.arguments.dropFirst().first else {
      FileHandle.standardError.write(Data("usage: make-tiny-models FOLDER\n".utf8))
      exit(64)
    }
    try SyntheticWeights.makeModels(in: URL(fileURLWithPath: path), seed: 1)
  }
}
