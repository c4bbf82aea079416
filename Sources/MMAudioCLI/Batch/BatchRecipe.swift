import Foundation
import MMAudio
import MMAudioKernels
import MMAudioMedia

/// All that the files of a batch depend on beside their clips.
struct BatchRecipe {
  let variant: ModelVariant
  /// SHA-256 of what each network was made from, by name in the model folder.
  let models: [String: String]
  let options: OutputOptions
  /// Whether every clip has a page beside its first output.
  let reports: Bool
  private let like: OutputSettings?

  /// - Parameters:
  ///   - selection: the model
  ///   - options: how outputs are written
  ///   - like: has what the options do not say
  ///   - reports: whether every clip gets a page
  /// - Throws: that a network that every clip needs is not there
  init(
    _ selection: ModelSelection, options: OutputOptions, like: OutputSettings?, reports: Bool
  ) throws {
    variant = selection.variant
    self.options = options
    self.like = like
    self.reports = reports
    let needed = ModelFile.needed(by: variant)
    // Only clips with a video need the others.
    try selection.folder.require(needed.filter { ![.synchformer, .clipImage].contains($0) })
    models = try selection.folder.digests(of: needed.filter(selection.folder.contains))
  }

  /// How a clip's outputs are written.
  func settings(for clip: PlannedClip) -> OutputSettings {
    options.settings(from: like, path: clip.outputs[0])
  }

  /// Where the page about a clip is to be; nil if there is to be none.
  func report(for clip: PlannedClip) -> String? {
    reports ? (clip.outputs[0] + ".html").fittingPath : nil
  }

  /// Whether a take that was made so would be made so again, as far as its video is the same.
  func wouldMake(_ record: SoundRecord, of clip: PlannedClip, take: Int) -> Bool {
    var request = clip.request.take(take)
    request.video = nil
    return record.version == mmaudioVersion && record.variant == variant.name
      && record.request == request && record.output == settings(for: clip)
      && record.models.allSatisfy { models[$0.key] == $0.value }
      && record.video?.name == clip.video?.lastPathPart
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
    var clip = clip
    clip.extra = nil
    let all = All(
      clip: clip, settings: settings(for: clip), variant: variant.name, models: models)
    Array(asciiJSON(all).utf8).withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal
  }
}
