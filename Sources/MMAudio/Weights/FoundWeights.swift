import Foundation

/// A weight file and the networks in it, to say what a file is where another was expected.
struct FoundWeights {
  /// Name of the file.
  let name: String
  /// What it holds, or would be converted to; for a flow network of unknown variant, what it may be.
  let files: [ModelFile]
  /// Whether `convert` wrote it.
  let isConverted: Bool

  /// Extensions of files that can be checkpoints.
  static let extensions: Set<String> = ["pth", "pt", "bin", "ckpt", "safetensors"]

  /// Looks into the file at `url`; nil if it is none of MMAudio's, or broken.
  init?(_ url: URL) {
    name = url.lastPathComponent
    do throws(WeightError) {
      files = try ConversionPlan(url, variant: nil).outputs.map(\.file)
      isConverted = false
    } catch {
      switch error {
      case .variantNeeded(_, let candidates):
        files = candidates.map(ModelFile.flow)
        isConverted = false
      case .alreadyConverted(_, let found?):
        files = [found]
        isConverted = true
      default: return nil
      }
    }
  }

  /// All that are in the folder at `url`, by name.
  static func all(in url: URL) -> [FoundWeights] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return names.sorted().filter { extensions.contains(($0 as NSString).pathExtension) }
      .compactMap { FoundWeights(url.appendingPathComponent($0)) }
  }
}

extension [ModelFile] {
  /// The networks as a list in words.
  var networks: String { map(\.network).joined(separator: ", the ") }
}
