import ArgumentParser
import Foundation
import MMAudio

/// `mmaudio bench`: where the time goes.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time the stages of a run against the machine's matrix product.",
    discussion: """
      Networks come from the model folder; those it does not have are made up in their published \
      sizes. A stage of many equal parts is timed on a few of them and scaled up.
      """)

  @Option(help: "Which flow network, VAE and vocoder; default: the largest in the model folder.")
  var variant: ModelVariant?

  @Option(
    name: .customLong("stage"), parsing: .singleValue,
    help: "A stage to time; repeatable; default: all of them.")
  var stages: [Benchmark.Stage] = []

  @Option(help: "Seconds of sound.")
  var duration = 8.0

  @Option(help: "Euler steps to time.")
  var steps = 4

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var threading: ThreadOptions

  func run() throws {
    threading.apply()
    // Without models, the published one that is soonest done.
    let usual = modelOptions.place.folder.variants.last ?? ModelVariant.published[0]
    let selection = try modelOptions.selection(
      variant ?? (modelOptions.flowWeights == nil ? usual : nil))
    var options = Benchmark.Options(variant: selection.variant)
    if !stages.isEmpty { options.stages = Benchmark.Stage.allCases.filter(stages.contains) }
    options.seconds = duration
    options.steps = steps
    let report = try Benchmark(models: selection.folder, options: options)() { stage in
      FileHandle.standardError.write(Data("timing \(stage.rawValue)\n".utf8))
    }
    print(json ? try report.json() : report.table)
  }
}

extension Benchmark.Stage: ExpressibleByArgument {}
