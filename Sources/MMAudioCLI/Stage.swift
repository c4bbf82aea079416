import ArgumentParser
import Foundation
import MMAudio
import MMAudioMedia

/// `mmaudio stage`: one stage on tensors from a file.
struct Stage: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run one stage on tensors from a file, for debugging.",
    discussion: """
      Inputs and outputs are safetensors files. tokenize, noise and frames need no models; the \
      others need only the file of their own network in the model folder.
      """)

  @Argument(help: "Which stage.")
  var name: StageRunner.Name

  @Option(help: "Which flow network, VAE or vocoder, where the folder has several.")
  var variant: ModelVariant?

  @Option(help: "Safetensors file with the stage's inputs.", completion: .file())
  var input: String?

  @Option(help: "Safetensors file to write.", completion: .file())
  var output: String

  @Option(parsing: .unconditionalSingleValue, help: "Prompt to tokenize; repeatable.")
  var prompt: [String] = []

  @Option(parsing: .unconditional, help: "Seed of the noise.")
  var seed = Seed(value: 42)

  @Option(parsing: .unconditional, help: "Shape of the noise, such as 1,250,20.")
  var shape: CommaSeparated?

  @Option(help: "Video to read frames from.", completion: .file())
  var video: String?

  @Option(parsing: .unconditional, help: "Seconds that the tensors are for.")
  var duration = 8.0

  @Option(parsing: .unconditional, help: "Strength of guidance.")
  var cfg: Float = 4.5

  @Option(parsing: .unconditional, help: "Euler steps.")
  var steps = 25

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var threading: ThreadOptions

  func run() throws {
    try CommandError.requireDistinct(output: output, from: [input, video])
    // What can be known to fail is known before minutes of work.
    try AtomicFile.check(path: output)
    threading.apply()
    var options = StageRunner.Options()
    options.prompts = prompt
    options.seed = seed.value
    options.shape = shape?.values ?? []
    options.video = video
    options.seconds = duration
    options.guidance = cfg
    options.steps = steps
    let selection = try modelOptions.selection(variant)
    options.variant = selection.folder.flowWeights?.variant ?? variant
    let runner = try StageRunner(
      models: selection.folder, input: input.map { URL(fileURLWithPath: $0) },
      options: options)
    try NamedTensor.write(try runner(name), to: URL(fileURLWithPath: output))
  }
}
