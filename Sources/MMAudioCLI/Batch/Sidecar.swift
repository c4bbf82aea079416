import Foundation
import MMAudio
import MMAudioMedia

/// What the outputs of a clip were made from, in a file beside the first: `clip.wav.json`.
///
/// It is written after all outputs, so that it stands for complete ones whenever a process is killed.
/// Two processes that make the same clip write the same bytes.
struct Sidecar: Codable, Equatable {
  /// A file that was written.
  struct Output: Codable, Equatable {
    let name: String
    let size: Int
    let sha256: String
  }

  /// Of the clip.
  let id: String
  /// The video when it was read; nil where there is none.
  let input: FileStamp?
  /// How each take was made.
  let settings: [SoundRecord]
  /// A file for each take.
  let outputs: [Output]

  /// What stands beside outputs that are all written.
  ///
  /// - Parameters:
  ///   - id: of the clip
  ///   - input: of the video before it was read
  ///   - results: of every take
  /// - Throws: that an output cannot be read
  init(id: String, input: FileStamp?, results: [GenerationResult]) throws {
    self.id = id
    self.input = input
    settings = results.map(\.settings)
    outputs = try results.map { result in
      Output(
        name: result.output.lastPathPart,
        size: FileStamp(path: result.output)?.size ?? 0,
        sha256: try SoundRecord.Input(path: result.output).sha256)
    }
  }

  /// The one beside the first output, if it is there and whole.
  init?(beside output: String) {
    self.init(path: Self.path(beside: output))
  }

  /// The one at `path`, if it is there and whole.
  init?(path: String) {
    guard let data = fileContents(path),
      let sidecar = try? JSONDecoder().decode(Sidecar.self, from: data)
    else { return nil }
    self = sidecar
  }

  /// Where it is for a first output.
  static func path(beside output: String) -> String { (output + ".json").fittingPath }

  /// Writes it beside the first output.
  func write(beside output: String) throws(OutputError) {
    let file = try AtomicFile(path: Self.path(beside: output))
    try file.write(Array((asciiJSON(self) + "\n").utf8))
    try file.commit()
  }

  /// The result of a clip whose process was killed before it could say that all is written.
  func result(_ recipe: String, outputs: [String]) -> ClipResult {
    ClipResult(id: id, status: .done, outputs: outputs, recipe: recipe, input: input)
  }

  /// Whether the clip, as it is planned now, is what was made, and all of it is still there.
  ///
  /// The video is read again only if its size or time is another than it was.
  func isDone(_ clip: PlannedClip, with recipe: BatchRecipe) -> Bool {
    let outputs = clip.outputs
    guard id == clip.id, settings.count == clip.takes, self.outputs.count == outputs.count,
      settings.indices.allSatisfy({ recipe.wouldMake(settings[$0], of: clip, take: $0) }),
      zip(outputs, self.outputs).allSatisfy({ path, output in
        output.name == path.lastPathPart
          && FileStamp(path: path)?.size == output.size
      }),
      recipe.report(for: clip).map(isRegularFile) ?? true
    else { return false }
    guard let video = clip.video else { return input == nil }
    guard let now = FileStamp(video: video) else { return false }
    return now == input || (try? SoundRecord.Input(path: video)) == settings.first?.video
  }
}
