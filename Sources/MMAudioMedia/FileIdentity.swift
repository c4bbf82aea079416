import Foundation

/// Whether two paths lead to one file, through links of either kind.
///
/// - Parameters:
///   - first: a path, which need not exist
///   - second: another one
/// - Returns: false if either does not exist
public func isSameFile(_ first: String, _ second: String) -> Bool {
  var (one, other) = (stat(), stat())
  return stat(first, &one) == 0 && stat(second, &other) == 0
    && one.st_dev == other.st_dev && one.st_ino == other.st_ino
}
