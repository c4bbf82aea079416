import Foundation

/// Expands a source given by the user.
enum SourceFolder {
  /// Checkpoints in a folder, or the file itself; only what was found in a folder may be passed over.
  static func files(_ source: URL) throws(WeightError) -> [(url: URL, mayBeSkipped: Bool)] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: source.path, isDirectory: &isFolder),
      isFolder.boolValue
    else { return [(source, false)] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: source.path)
    } catch {
      throw .unreadable(path: source.path, reason: error.localizedDescription)
    }
    let files = names.filter { name in
      !name.hasPrefix(".") && FoundWeights.extensions.contains((name as NSString).pathExtension)
    }
    guard !files.isEmpty else { throw .noCheckpoints(path: source.path) }
    return files.sorted().map { (source.appendingPathComponent($0), true) }
  }
}
