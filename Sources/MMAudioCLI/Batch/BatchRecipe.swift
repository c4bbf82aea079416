import Foundation
import MMAudio
import MMAudioKernels

/// All that the sounds of a batch depend on beside their clips.
struct BatchRecipe {
  let variant: ModelVariant
  /// SHA-256 of what each network was made from, by name in the model folder.
  let models: [String: String]
  let options: OutputOptions

  /// - Parameters:
  ///   - selection: the model
  ///   - options: how outputs are written
  /// - Throws: that a network that every clip needs is not there
  init(_ selection: ModelSelection, options: OutputOptions) throws {
    variant = selection.variant
    self.options = options
    let needed = ModelFile.needed(by: variant)
    // Only clips with a video need the others.
    try selection.folder.require(needed.filter { ![.synchformer, .clipImage].contains($0) })
    models = try selection.folder.digests(of: needed.filter(selection.folder.contains))
  }

  /// How a clip's outputs are written.
  func settings(for clip: PlannedClip) -> OutputSettings {
    options.settings(from: nil, path: clip.outputs[0])
  }

  /// Whether a take that was made so would be made so again, as far as its video is the same.
  func wouldMake(_ record: SoundRecord, of clip: PlannedClip, take: Int) -> Bool {
    var request = clip.request.take(take)
    request.video = nil
    return record.version == mmaudioVersion && record.variant == variant.name
      && record.request == request && record.output == settings(for: clip)
      && record.models.allSatisfy { models[$0.key] == $0.value }
      && record.video?.name == clip.video.map { URL(fileURLWithPath: $0).lastPathComponent }
  }

  /// A name for a clip with all that it depends on but the bytes of its video, to know a failure again.
  func digest(of clip: PlannedClip) -> String {
    struct All: Encodable {
      let clip: PlannedClip
      let settings: OutputSettings
      let variant: String
      let models: [String: String]
      let version = mmaudioVersion
    }
    var digest = SHA256()
    let all = All(
      clip: clip, settings: settings(for: clip), variant: variant.name, models: models)
    Array(asciiJSON(all).utf8).withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal
  }
}
