import Foundation
import MMAudioMedia

/// Finds clips: files, folders of videos, and patterns as for `glob`.
///
/// An id is the path from the folder that was named, from the part of a pattern that has no wildcards,
/// or of a file from its own folder, without the extension; so a clip has one id however it is named.
/// Where two clips would have one, they keep their extensions, and if need be the names of their folders.
///
/// What mmaudio wrote itself is no clip, so that the same command finds the same clips again although
/// outputs stand among them.
struct ClipSearch {
  /// Extensions of videos; other files in a folder are none.
  private static let extensions: Set<String> = [
    "3g2", "3gp", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf",
    "ogv",
    "ts", "vob", "webm", "wmv", "y4m",
  ]
  /// Extensions of what often only shows what a video beside it has, and counts where there is none.
  private static let otherExtensions: Set<String> = ["apng", "gif"]

  /// Whether the folders of a folder count.
  let recursive: Bool
  /// How many videos were left out, since mmaudio wrote them.
  private(set) var leftOut = 0
  private var written = WrittenVideos()

  init(recursive: Bool) { self.recursive = recursive }

  /// Where a clip was found.
  private struct Place {
    let path: String
    /// The part of the path that its id does without.
    let folder: String
    /// Why what is there cannot be looked into.
    var error: BatchError?
  }

  /// The clips that the inputs name, in their order; those of one input by the bytes of their paths.
  mutating func rows(of inputs: [String]) throws -> [ClipRow] {
    let root = FileManager.default.currentDirectoryPath
    var seen: Set<String> = []
    var places: [Place] = []
    for input in inputs {
      let found = try self.places(of: input).filter { place in
        seen.insert(place.path.absolutePath(from: root)).inserted
      }
      let ours = found.filter { !written.contains($0.path) }
      leftOut += found.count - ours.count
      places += ours.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
    if places.isEmpty, let first = inputs.first { throw BatchError.onlyWritten(path: first) }
    let shared = Self.commonFolder(of: seen)
    return places.map { place in
      let path = place.path.absolutePath(from: root)
      return row(place, longestID: String(Substring(path.utf8.dropFirst(shared.utf8.count))))
    }
  }

  private func places(of input: String) throws -> [Place] {
    if let pictures = try sequence(input) { return [pictures] }
    if isFolder(input) {
      let folder = input.utf8.last == UInt8(ascii: "/") ? input : input + "/"
      guard let found = places(in: folder, of: folder) else {
        throw BatchError.unreadable(path: folder)
      }
      let videos = Self.videos(found)
      guard !videos.isEmpty else {
        throw BatchError.noVideos(folder: input, recursive: recursive)
      }
      return videos + found.filter { $0.error != nil }
    }
    if fileSize(input) != nil { return [Place(path: input, folder: input.parentPath)] }
    guard let wildcard = input.firstIndex(where: { "*?[".contains($0) }) else {
      throw BatchError.noInput(path: input)
    }
    let fixed = String(input[..<wildcard]).parentPath
    let matches = paths(matching: input).map { Place(path: $0, folder: fixed) }
    let videos = Self.videos(matches).filter { !isFolder($0.path) }
    guard !videos.isEmpty else { throw BatchError.noInput(path: input) }
    return videos
  }

  /// A folder of pictures without a video, or a pattern of their numbers: one clip.
  private func sequence(_ input: String) throws -> Place? {
    let path = input.utf8.last == UInt8(ascii: "/") ? String(input.dropLast()) : input
    if isFolder(path), recursive || places(in: path + "/", of: path)?.isEmpty == false {
      return nil
    }
    return try PictureSequence.find(at: path).map { _ in
      Place(path: path, folder: path.parentPath)
    }
  }

  /// What may be videos in a folder, whose path ends in a slash; nil if it cannot be read.
  ///
  /// Hidden files and links to folders are left out.
  private func places(in folder: String, of root: String) -> [Place]? {
    fileNames(in: folder)?.filter { $0.utf8.first != UInt8(ascii: ".") }.flatMap { name in
      let path = folder + name
      if recursive, isFolder(path, followingLinks: false) {
        return places(in: path + "/", of: root)
          ?? [Place(path: path, folder: root, error: .unreadable(path: path))]
      }
      let isVideo = Self.isVideo(name) || Self.isVideo(name, by: Self.otherExtensions)
      return isVideo && !isFolder(path) ? [Place(path: path, folder: root)] : []
    }
  }

  /// The videos among files, which are those of other kinds where there are none.
  private static func videos(_ places: [Place]) -> [Place] {
    let files = places.filter { $0.error == nil }
    let videos = files.filter { isVideo($0.path) }
    return videos.isEmpty ? files.filter { isVideo($0.path, by: otherExtensions) } : videos
  }

  /// Whether a name is a video's, by its extension.
  static func isVideo(_ path: String, by extensions: Set<String> = extensions) -> Bool {
    extensions.contains(path.dottedExtension.dropFirst().lowercased())
  }

  /// The folder that all absolute paths are in, with its slash.
  private static func commonFolder(of paths: Set<String>) -> String {
    let folders = paths.map(\.parentPath)
    let order: (String, String) -> Bool = { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    // What the first and the last share, those between them share too.
    guard let first = folders.min(by: order), let last = folders.max(by: order) else { return "" }
    return zip(first.pathParts.dropLast(), last.pathParts.dropLast()).prefix { $0 == $1 }
      .map { $0.0 + "/" }.joined()
  }

  /// The clip of a video, with the prompt in the text file beside it.
  private func row(_ place: Place, longestID: String) -> ClipRow {
    var row = ClipRow(source: ClipSource(path: place.path))
    let name = String(Substring(place.path.utf8.dropFirst(place.folder.utf8.count))).normalizedPath
    if let error = place.error {
      row.id = name
      row.fail(of: error)
      return row
    }
    row.id = name.withoutExtension
    row.longerIDs = [name, longestID]
    row.video = place.path
    let words = place.path.withoutExtension + ".txt"
    guard isRegularFile(words) else { return row }
    do {
      row.prompt = try PromptFile(path: words).text
    } catch {
      row.fail(of: error)
    }
    return row
  }
}
