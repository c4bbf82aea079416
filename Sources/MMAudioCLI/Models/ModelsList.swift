import ArgumentParser
import MMAudio

/// `mmaudio models list`: a line for each published variant.
struct ModelsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show which published models are here.")

  @OptionGroup var place: ModelFolderOption

  func run() {
    let installed = InstalledModels(folder: place.folder)
    for variant in ModelVariant.published {
      let name = variant.name.padding(toLength: 14, withPad: " ", startingAt: 0)
      print(name + state(of: variant, installed))
    }
    print(
      "Licences: MMAudio \(PublishedFile.Licence.mmaudio.rawValue), "
        + "CLIP \(PublishedFile.Licence.clip.rawValue), "
        + "BigVGAN v2 \(PublishedFile.Licence.bigVGAN.rawValue)")
  }

  private func state(of variant: ModelVariant, _ installed: InstalledModels) -> String {
    let missing = installed.missing(variant)
    if missing.isEmpty { return "installed, \(Models.size(installed.byteCount(of: variant)))" }
    let download = PublishedFile.files(for: variant).filter { file in
      missing.contains { $0.published == file.name }
    }
    let size = Models.size(download.reduce(0) { $0 + $1.byteCount })
    guard place.folder.contains(.flow(variant)) else { return "not here, download about \(size)" }
    return "lacks the \(missing.map(\.network).joined(separator: ", the ")), download about \(size)"
  }
}
