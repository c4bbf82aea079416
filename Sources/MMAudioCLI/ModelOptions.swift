import ArgumentParser
import Foundation
import MMAudio

/// `--models`, `--flow-weights` and `--low-memory`, for every command that runs networks.
struct ModelOptions: ParsableArguments {
  @OptionGroup var place: ModelFolderOption

  @Option(
    help: """
      A flow network of your own, such as a fine-tune, in place of the model folder's: a checkpoint \
      or a converted file of any name.
      """, completion: .file())
  var flowWeights: String?

  @Flag(
    help: """
      Keep a few layers in memory at a time, not a whole network; the rest is read from the model \
      files when it is wanted.
      """)
  var lowMemory = false

  /// The variant and the folder to use, of which the user may have named either.
  ///
  /// - Parameters:
  ///   - variant: what the user named, if anything
  ///   - note: called with what takes a while
  /// - Returns: what to run
  /// - Throws: that the flow network of the user's own cannot be used
  func selection(
    _ variant: ModelVariant?, note: (String) -> Void = { _ in }
  ) throws -> ModelSelection {
    let weights = try flowWeights.map { path in
      try FlowWeights(URL(fileURLWithPath: path), variant: variant) {
        note("preparing \(path), which is needed once")
      }
    }
    if let path = flowWeights, let choice = weights?.note { note("\(path): \(choice)") }
    var selection = ModelSelection(variant: weights?.variant ?? variant, models: place.models)
    selection.folder.lowMemory = lowMemory
    selection.folder.flowWeights = weights
    return selection
  }
}

/// `--models`, for every command that reads or changes the model folder.
struct ModelFolderOption: ParsableArguments {
  @Option(
    help: "The model folder; default $MMAUDIO_MODELS, then $XDG_DATA_HOME/mmaudio/models.",
    completion: .directory)
  var models: String?

  var folder: ModelFolder { .standard(named: models) }
}
