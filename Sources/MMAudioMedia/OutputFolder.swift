import Foundation

/// Makes the folder at `path`, and those above it, unless it is there.
///
/// - Parameter path: as the user gave it
/// - Throws: that it cannot be created
public func makeOutputFolder(path: String) throws(OutputError) {
  guard mkdir(path.systemPath, 0o777) != 0 else { return }
  let code = errno
  var info = stat()
  switch code {
  case EEXIST where stat(path.systemPath, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR: return
  case EEXIST: throw .cannotCreate(path: path, reason: "there is a file of this name")
  case ENOENT:
    let parent = (path as NSString).deletingLastPathComponent
    guard !parent.isEmpty, parent != path, stat(parent.systemPath, &info) != 0 else {
      throw .cannotCreate(path: path, reason: systemText(code))
    }
    try makeOutputFolder(path: parent)
    try makeOutputFolder(path: path)
  case ENOSPC, EDQUOT: throw .diskFull(path: path)
  default: throw .cannotCreate(path: path, reason: systemText(code))
  }
}
