import Foundation
import MMAudioKernels
import MMAudioMedia

/// How a sound was made: all that its samples depend on, for the metadata of the file that has it.
///
/// Nothing in it depends on when, where or beside what else the sound was made, so that the same request
/// gives the same file everywhere. In JSON it is one flat object with the names of the command's options.
public struct SoundRecord: Sendable, Equatable {
  /// A file that a sound was made for.
  public struct Input: Sendable, Equatable, Codable {
    /// Its name without the folder, which is nobody's business.
    public let name: String
    /// SHA-256 of all of it, for a sequence of pictures that of their digests one after another, in hexadecimal digits.
    public let sha256: String

    /// Reads the file at `path` to the end.
    ///
    /// - Parameter path: a file, or `-` for the standard input
    /// - Throws: that it cannot be read
    public init(path: String) throws {
      // Which number a pipe has is chance.
      name = StandardInput.isNameless(path) ? StandardInput.path : path.lastPathPart
      guard let pictures = try PictureSequence.find(at: path) else {
        sha256 = try InputFile(URL(fileURLWithPath: StandardInput.place(of: path))).sha256()
        return
      }
      var digest = SHA256()
      for file in pictures.files {
        let text = try InputFile(URL(fileURLWithPath: file)).sha256()
        Array(text.utf8).withUnsafeBytes { digest.update($0) }
      }
      sha256 = digest.hexadecimal
    }
  }

  /// Version of mmaudio.
  public let version: String
  /// Name of the model's variant.
  public let variant: String
  /// SHA-256 of the published file behind each network, by name in the model folder.
  public let models: [String: String]
  /// The video or picture, if there was one.
  public let video: Input?
  /// One take; its `video` is nil.
  public let request: GenerationRequest
  /// How it is written.
  public let output: OutputSettings

  /// A record of one take.
  ///
  /// - Parameters:
  ///   - version: of mmaudio
  ///   - variant: the model
  ///   - models: what ``Pipeline/digests(for:)`` gives
  ///   - video: of the request
  ///   - request: with the seed of the take
  ///   - output: how it is written
  public init(
    version: String, variant: ModelVariant, models: [String: String], video: Input?,
    request: GenerationRequest, output: OutputSettings
  ) {
    self.version = version
    self.variant = variant.name
    self.models = models
    self.video = video
    var take = request
    take.video = nil
    self.request = take
    self.output = output
  }

  /// The record in JSON, on one line and in ASCII, which every file format takes.
  public var json: String { asciiJSON(self) }

  /// The record in the metadata of a file, if it has one.
  ///
  /// A video that had a comment of its own, which may be the record of an earlier sound, has the record in
  /// its synopsis.
  ///
  /// - Parameters:
  ///   - metadata: values by key, of which any may be the record
  ///   - path: of the file, for messages
  /// - Throws: `RecordError.otherVersion` if it lacks something
  public init?(metadata: [String: String], path: String) throws {
    for (_, value) in metadata.sorted(by: { $0.key > $1.key }) {
      let data = Data(value.utf8)
      guard let found = try? JSONDecoder().decode(Mark.self, from: data) else { continue }
      do {
        self = try JSONDecoder().decode(SoundRecord.self, from: data)
        return
      } catch {
        throw RecordError.otherVersion(path: path, version: found.mmaudio)
      }
    }
    return nil
  }

  /// What tells a record from other text.
  private struct Mark: Decodable {
    let mmaudio: String
  }
}

extension SoundRecord: Codable {
  private enum CodingKeys: String, CodingKey {
    case version = "mmaudio"
    case variant, models, video
  }

  /// Reads one flat object.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    version = try container.decode(String.self, forKey: .version)
    variant = try container.decode(String.self, forKey: .variant)
    models = try container.decode([String: String].self, forKey: .models)
    video = try container.decodeIfPresent(Input.self, forKey: .video)
    request = try GenerationRequest(from: decoder)
    output = try OutputSettings(from: decoder)
  }

  /// Writes one flat object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(version, forKey: .version)
    try container.encode(variant, forKey: .variant)
    try container.encode(models, forKey: .models)
    try container.encodeIfPresent(video, forKey: .video)
    try request.encode(to: encoder)
    try output.encode(to: encoder)
  }
}
