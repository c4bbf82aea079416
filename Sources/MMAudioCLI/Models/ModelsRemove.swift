import ArgumentParser
import MMAudio

/// `mmaudio models rm`: variants go, with the files that only they need.
struct ModelsRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove models, with the files that no other one here needs.")

  @Argument(help: "Variants.", completion: .list(ModelVariant.all.map(\.name)))
  var variants: [String]

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @OptionGroup var place: ModelFolderOption

  func run() throws {
    let installed = InstalledModels(folder: place.folder)
    let files = try installed.removable(try variants.map(ModelVariant.known))
    let names = files.map { "\($0.name) (\(Models.size(installed.byteCount(of: $0))))" }
    guard yes || Models.confirm("Remove \(names.joined(separator: ", "))?") == true else {
      throw DownloadError.notConfirmed
    }
    try installed.remove(files)
    for name in names { print("removed \(name)") }
  }
}
