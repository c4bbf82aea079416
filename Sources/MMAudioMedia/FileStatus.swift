import Foundation

/// Whether two paths lead to one file, through links of either kind.
///
/// - Parameters:
///   - first: a path, which need not exist
///   - second: another one
/// - Returns: false if either does not exist
public func isSameFile(_ first: String, _ second: String) -> Bool {
  var (one, other) = (stat(), stat())
  return stat(first.systemPath, &one) == 0 && stat(second.systemPath, &other) == 0
    && one.st_dev == other.st_dev && one.st_ino == other.st_ino
}

/// Whether a path leads to a file that has contents of its own, which writing would replace.
///
/// - Parameter path: a path, which need not exist
/// - Returns: false for devices, pipes and folders
public func isRegularFile(_ path: String) -> Bool {
  var info = stat()
  return stat(path.systemPath, &info) == 0 && info.st_mode & S_IFMT == S_IFREG
}

/// Bytes of what a path leads to.
///
/// - Parameter path: a path, which need not exist
/// - Returns: nil if it does not
public func fileSize(_ path: String) -> Int? {
  var info = stat()
  return stat(path.systemPath, &info) == 0 ? Int(info.st_size) : nil
}

/// Whether a path leads to a folder.
///
/// - Parameters:
///   - path: a path, which need not exist
///   - followingLinks: whether a link to a folder is one
/// - Returns: false if nothing is there
public func isFolder(_ path: String, followingLinks: Bool = true) -> Bool {
  var info = stat()
  return (followingLinks ? stat(path.systemPath, &info) : lstat(path.systemPath, &info)) == 0
    && info.st_mode & S_IFMT == S_IFDIR
}

/// The extension of a path in lower case, empty if there is none.
func pathExtension(of path: String) -> String {
  let name = path.split(separator: "/").last ?? ""
  return name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
}
