import MMAudioMedia

/// Tells videos that mmaudio wrote from others, by the sidecars beside them.
struct WrittenVideos {
  /// Names by folder.
  private var known: [String: Set<String>] = [:]

  /// Whether a sidecar in the same folder names the video, and it is what was written then.
  mutating func contains(_ path: String) -> Bool {
    let folder = path.parentPath
    let names = known[folder] ?? Self.names(in: folder)
    known[folder] = names
    return names.contains(path.lastPathPart)
  }

  /// The names of all in a folder, whose path ends in a slash or is empty for the current one.
  private static func names(in folder: String) -> Set<String> {
    let sidecars = (fileNames(in: folder.isEmpty ? "." : folder) ?? []).filter { name in
      name.dottedExtension == ".json" && ClipSearch.isVideo(name.withoutExtension)
    }
    let outputs = sidecars.compactMap { Sidecar(path: folder + $0) }.flatMap(\.outputs)
    // A file of the same name that somebody has put there since is none of ours.
    return Set(outputs.filter { fileSize(folder + $0.name) == $0.size }.map(\.name))
  }
}
