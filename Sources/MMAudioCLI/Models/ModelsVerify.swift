import ArgumentParser
import MMAudio

/// `mmaudio models verify`: every model file is read and compared with what was recorded.
struct ModelsVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check that the model files are what they were.")

  @OptionGroup var place: ModelFolderOption

  func run() throws {
    try InstalledModels(folder: place.folder).verify { name, condition in
      switch condition {
      case .good: print("\(name): good")
      case .noChecksum: print("\(name): readable, no checksum recorded")
      case .bad(let reason): print("\(name): bad, \(reason)")
      }
    }
  }
}
