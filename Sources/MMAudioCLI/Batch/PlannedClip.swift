import Foundation
import MMAudio
import MMAudioMedia

/// A clip of a plan: all that a run needs to know.
struct PlannedClip: Sendable, Equatable {
  /// What tells it from the others.
  let id: String
  /// What to make, with its video and its takes.
  let request: GenerationRequest
  /// Paths of the sounds, one a take.
  let outputs: [String]
  /// What else its row has, for whoever reads the results; nil for nothing.
  var extra: [String: JSONValue]?

  /// The video to give a sound; nil for a prompt alone.
  var video: String? { request.video }
  /// How many sounds to make.
  var takes: Int { request.takes }
}

extension PlannedClip: Codable {
  private enum CodingKeys: CodingKey {
    case id
    case video
    case takes
    case request
    case outputs
    case extra
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    // A request is coded without its video and takes.
    var request = try values.decode(GenerationRequest.self, forKey: .request)
    request.video = try values.decodeIfPresent(String.self, forKey: .video)
    request.takes = try values.decode(Int.self, forKey: .takes)
    self.request = request
    outputs = try values.decode([String].self, forKey: .outputs)
    extra = try values.decodeIfPresent([String: JSONValue].self, forKey: .extra)
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(id, forKey: .id)
    try values.encodeIfPresent(video, forKey: .video)
    try values.encode(takes, forKey: .takes)
    try values.encode(request, forKey: .request)
    try values.encode(outputs, forKey: .outputs)
    try values.encodeIfPresent(extra, forKey: .extra)
  }
}

/// The folder of a file, `.` for a bare name.
func folderName(of path: String) -> String {
  let folder = path.parentPath
  return folder.isEmpty ? "." : folder
}
