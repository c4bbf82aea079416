import ArgumentParser

/// `mmaudio models path`: where models are.
struct ModelsPath: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "path", abstract: "Print the model folder.")

  @OptionGroup var place: ModelFolderOption

  func run() { print(place.folder.url.path) }
}
