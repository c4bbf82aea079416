import Foundation
import MMAudioMedia

/// What tells without reading a file that it is the one that was read before.
struct FileStamp: Codable, Equatable, Sendable {
  /// Bytes.
  let size: Int
  /// Nanoseconds since 1970 of the last change.
  let modified: Int

  /// The stamp of the file at `path`; nil if it cannot be looked at.
  init?(path: String) {
    var info = stat()
    guard stat(path.systemPath, &info) == 0 else { return nil }
    size = Int(info.st_size)
    modified = info.st_mtim.tv_sec * 1_000_000_000 + info.st_mtim.tv_nsec
  }

  /// The stamp of a video, which may be a sequence of pictures; nil if it cannot be looked at.
  init?(video path: String) {
    guard let files = (try? PictureSequence.find(at: path))?.files else {
      self.init(path: path)
      return
    }
    let stamps = files.compactMap { FileStamp(path: $0) }
    self.init(
      size: stamps.reduce(0) { $0 + $1.size }, modified: stamps.map(\.modified).max() ?? 0)
  }

  private init(size: Int, modified: Int) {
    self.size = size
    self.modified = modified
  }
}
