import ArgumentParser
import Foundation
import MMAudio

/// `mmaudio convert`: published checkpoints become a model folder.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Convert the published checkpoints into a model folder.",
    discussion: """
      Reads PyTorch (.pth, .pt, .bin) and safetensors files as they are downloaded, and folders of \
      them. A network is recognised by its tensors; --variant is needed only for a flow network \
      of sizes of its own under a name other than mmaudio_VARIANT.pth.
      """)

  @Argument(help: "Published files, or folders of them.", completion: .file())
  var sources: [String]

  @Option(name: [.short, .customLong("output")], help: "The model folder.", completion: .directory)
  var output: String

  @Option(
    help: "Variant of the flow network, if neither its name nor its sizes say.",
    completion: .list(ModelVariant.all.map(\.name)))
  var variant: String?

  @Option(help: "How to store weights.")
  var dtype: CheckpointConverter.Storage = .f32

  @Flag(help: "Replace model files that were made from something else.")
  var force = false

  func run() throws {
    let converter = CheckpointConverter(
      into: URL(fileURLWithPath: output), storage: dtype,
      variant: try variant.map { try ModelVariant.known($0) }, replaces: force)
    try converter.convert(sources.map { URL(fileURLWithPath: $0) }) { outcome in
      let name = outcome.file.lastPathComponent
      switch outcome.result {
      case .written(let byteCount):
        print(
          "\(name): \(Models.size(byteCount)), from \(outcome.source.lastPathComponent)"
            + (outcome.note.map { " (\($0))" } ?? ""))
      case .upToDate: print("\(name): up to date")
      case .skipped(let reason): print("\(name): skipped, \(reason)")
      }
    }
  }
}

extension CheckpointConverter.Storage: ExpressibleByArgument {}
