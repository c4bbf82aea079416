import Foundation
import MMAudio
import MMAudioTestSupport
import Testing

/// Which model is taken, by what is named and what is there.
@Suite struct ModelSelectionTests {
  private let scratch: ScratchFolder
  private let shipped: ModelFolder

  init() throws {
    scratch = try ScratchFolder()
    shipped = ModelFolder(path: scratch.file("shipped").path)
    try install(.nano, "shipped")
  }

  /// Puts an empty file where a variant's flow network would be.
  private func install(_ variant: ModelVariant, _ folder: String) throws {
    let url = scratch.file(folder)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try Data().write(to: url.appendingPathComponent(ModelFile.flow(variant).name))
  }

  private func choose(
    _ variant: ModelVariant? = nil, models: String? = nil, variable: String? = nil,
    shipped: ModelFolder?
  ) -> ModelSelection {
    var environment = ["XDG_DATA_HOME": scratch.url.path]
    environment["MMAUDIO_MODELS"] = variable
    return ModelSelection(
      variant: variant, models: models, environment: environment, shipped: shipped)
  }

  private func expect(
    _ choice: ModelSelection, _ variant: ModelVariant, in folder: String
  ) {
    #expect(choice.variant == variant)
    #expect(choice.folder.url.path == scratch.file(folder).path)
  }

  @Test("without a model: the one that ships, and the standard one where nothing does")
  func nothingInstalled() {
    expect(choose(shipped: shipped), .nano, in: "shipped")
    expect(choose(shipped: nil), .standard, in: "mmaudio/models")
  }

  @Test("the largest of those that are installed")
  func installed() throws {
    try install(.published[0], "mmaudio/models")
    try install(.published[2], "mmaudio/models")
    expect(choose(shipped: shipped), .published[2], in: "mmaudio/models")
  }

  @Test("a variant that is named is never replaced by another")
  func named() throws {
    expect(choose(.published[1], shipped: shipped), .published[1], in: "mmaudio/models")
    expect(choose(.nano, shipped: shipped), .nano, in: "shipped")
    expect(choose(.nano, shipped: nil), .nano, in: "mmaudio/models")
    try install(.nano, "mmaudio/models")
    expect(choose(.nano, shipped: shipped), .nano, in: "mmaudio/models")
  }

  @Test("a folder that is named is the only one, but for the nano model where a variable names it")
  func folders() throws {
    let empty = scratch.file("empty").path
    expect(choose(models: empty, shipped: shipped), .standard, in: "empty")
    expect(choose(.nano, models: empty, shipped: shipped), .nano, in: "empty")
    expect(choose(variable: empty, shipped: shipped), .standard, in: "empty")
    expect(choose(.nano, variable: empty, shipped: shipped), .nano, in: "shipped")
    expect(choose(variable: "", shipped: shipped), .nano, in: "shipped")
  }

  @Test(
    "what ships is found from the executable",
    arguments: [
      ("checkout/.build/triple/release/mmaudio", "checkout/Models/nano"),
      ("usr/bin/mmaudio", "usr/share/mmaudio/nano"),
    ])
  func shipping(executable: String, folder: String) throws {
    let path = scratch.file(executable).path
    #expect(ModelFolder.shipped(executable: path) == nil)
    try install(.nano, folder)
    #expect(ModelFolder.shipped(executable: path)?.url.path == scratch.file(folder).path)
  }
}
