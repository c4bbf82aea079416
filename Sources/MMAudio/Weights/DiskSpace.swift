import Foundation

/// Room on a disk.
public enum DiskSpace {
  /// Bytes that this user may still write.
  ///
  /// - Parameter path: a folder, or where one is going to be
  /// - Returns: nil if there is no such disk
  public static func free(at path: String) -> Int? {
    var place = URL(fileURLWithPath: path)
    var info = statvfs()
    while statvfs(place.path, &info) != 0 {
      guard errno == ENOENT, place.path != "/" else { return nil }
      place.deleteLastPathComponent()
    }
    return Int(
      clamping: UInt64(info.f_bavail).multipliedReportingOverflow(by: UInt64(info.f_frsize))
        .partialValue)
  }
}
