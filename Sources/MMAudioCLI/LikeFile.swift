import Foundation
import MMAudio
import MMAudioMedia

/// A file that tells how it was made, to make the like of it.
struct LikeFile {
  private let path: String
  /// What it tells.
  let record: SoundRecord

  /// Reads what the file at `path` tells.
  ///
  /// - Throws: `RecordError` if it tells nothing, `MediaError` if it cannot be read
  init(path: String) throws {
    self.path = path
    guard let record = try SoundRecord(metadata: MediaMetadata(path: path).entries, path: path)
    else { throw RecordError.none(path: path) }
    self.record = record
  }

  /// The variant that made it.
  func variant() throws -> ModelVariant { try .known(record.variant) }

  /// The video that it was made for, beside it or in the current folder; nil if there was none.
  func video() throws -> String? {
    guard let name = record.video?.name else { return nil }
    // Names come from a file that nobody vouches for: none may lead elsewhere.
    let isName = !name.isEmpty && !name.contains("/") && name != StandardInput.path
    let beside = path.parentPath + name
    let places = isName ? [beside, name] : []
    guard
      let found = places.first(where: { place in
        fileSize(place) != nil || (try? PictureSequence.find(at: place)) != nil
      })
    else {
      throw CommandError.videoOfRecord(path: path, name: name)
    }
    return found
  }

  /// What else than the request is not as it was, so that the sound may differ, in words.
  func changes(in new: SoundRecord) -> [String] {
    var changes: [String] = []
    if let old = record.video, let video = new.video, video.sha256 != old.sha256 {
      changes.append("'\(video.name)' is not the video that '\(path)' was made for")
    }
    let models = record.models.filter { new.models[$0.key] ?? $0.value != $0.value }.keys.sorted()
    if !models.isEmpty {
      changes.append("'\(path)' was made with other weights in \(models.joined(separator: ", "))")
    }
    if record.version != new.version {
      changes.append("'\(path)' was made by mmaudio \(record.version), this is \(new.version)")
    }
    return changes
  }
}
