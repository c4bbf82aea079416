import Foundation
import MMAudioMedia

/// Finds clips: files, folders of videos, and patterns as for `glob`.
///
/// An id is the path from the folder that was named, from the part of a pattern that has no wildcards,
/// or of a file from its own folder, without the extension; so a clip has one id however it is named.
struct ClipSearch {
  /// Extensions of videos; other files in a folder are none.
  static let extensions: Set<String> = [
    "3g2", "3gp", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf",
    "ogv",
    "ts", "vob", "webm", "wmv", "y4m",
  ]

  /// Whether the folders of a folder count.
  let recursive: Bool

  /// The clips that the inputs name, in their order; those of one input by the bytes of their paths.
  func rows(of inputs: [String]) throws -> [ClipRow] {
    try inputs.flatMap { try rows(of: $0) }
  }

  private func rows(of input: String) throws -> [ClipRow] {
    if let pictures = try sequence(input) { return [pictures] }
    if isFolder(input) {
      let folder = input.hasSuffix("/") ? input : input + "/"
      let videos = try videos(in: folder)
      guard !videos.isEmpty else {
        throw BatchError.noVideos(folder: input, recursive: recursive)
      }
      return try sorted(videos).map { try row($0, in: folder) }
    }
    if FileManager.default.fileExists(atPath: input) {
      return [try row(input, in: folder(of: input))]
    }
    let matches = paths(matching: input).filter { Self.isVideo($0) && !isFolder($0) }
    guard let wildcard = input.firstIndex(where: { "*?[".contains($0) }), !matches.isEmpty else {
      throw BatchError.noInput(path: input)
    }
    let fixed = folder(of: String(input[..<wildcard]))
    return try sorted(matches).map { try row($0, in: fixed) }
  }

  /// The clip of a folder of pictures without a video, or of a pattern of their numbers.
  private func sequence(_ input: String) throws -> ClipRow? {
    let path = input.hasSuffix("/") ? String(input.dropLast()) : input
    if isFolder(path), try recursive || !videos(in: path + "/").isEmpty { return nil }
    return try PictureSequence.find(at: path).map { _ in try row(path, in: folder(of: path)) }
  }

  /// The videos in a folder, whose path ends in a slash; hidden files and links to folders are left out.
  private func videos(in folder: String) throws -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw BatchError.unreadable(path: folder)
    }
    return try names.filter { !$0.hasPrefix(".") }.flatMap { name in
      let path = folder + name
      if recursive, isFolder(path, followingLinks: false) { return try videos(in: path + "/") }
      return Self.isVideo(name) && !isFolder(path) ? [path] : []
    }
  }

  private static func isVideo(_ path: String) -> Bool {
    extensions.contains((path as NSString).pathExtension.lowercased())
  }

  private func sorted(_ paths: [String]) -> [String] {
    paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The folder of a path, with its slash.
  private func folder(of path: String) -> String {
    String(Substring(path.utf8.dropLast(path.lastPathPart.utf8.count)))
  }

  /// The clip of a video, with the prompt in the text file beside it.
  private func row(_ path: String, in folder: String) throws -> ClipRow {
    var row = ClipRow(source: ClipSource(path: path))
    row.id =
      String(Substring(path.withoutExtension.utf8.dropFirst(folder.utf8.count)))
      .normalizedPath
    row.video = path
    let words = path.withoutExtension + ".txt"
    if isRegularFile(words) { row.prompt = try PromptFile(path: words).text }
    return row
  }
}
