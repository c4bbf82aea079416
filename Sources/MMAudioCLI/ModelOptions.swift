import ArgumentParser
import MMAudio

/// `--models` and `--low-memory`, for every command that runs networks.
struct ModelOptions: ParsableArguments {
  @OptionGroup var place: ModelFolderOption

  @Flag(
    help: """
      Keep a few layers in memory at a time, not a whole network; the rest is read from the model \
      files when it is wanted.
      """)
  var lowMemory = false

  /// The variant and the folder to use, of which the user may have named either.
  func selection(_ variant: ModelVariant?) -> ModelSelection {
    var selection = ModelSelection(variant: variant, models: place.models)
    selection.folder.lowMemory = lowMemory
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
