/// The parts of paths.
extension String {
  /// What stands between the slashes of a path, whatever it joins them to: a path is bytes.
  public var pathParts: [String] {
    utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { part in
      String(Substring(part))
    }
  }

  /// A path without the parts that lead nowhere: `.` and what is empty.
  public var normalizedPath: String {
    let parts = pathParts.filter { $0 != "." && !$0.isEmpty }.joined(separator: "/")
    return utf8.first == UInt8(ascii: "/") ? "/" + parts : parts
  }

  /// The path from the root of the file system, where `folder` is what it begins in unless it does there.
  public func absolutePath(from folder: String) -> String {
    (utf8.first == UInt8(ascii: "/") ? self : "\(folder)/\(self)").normalizedPath
  }

  /// The last part of a path, empty where that ends in a slash.
  public var lastPathPart: String {
    let slash = utf8.lastIndex(of: UInt8(ascii: "/"))
    return slash.map { String(Substring(utf8[$0...].dropFirst())) } ?? self
  }

  /// The path of the folder that a path's last part is in, with its slash; empty where that is the current
  /// one.
  public var parentPath: String { String(Substring(utf8.dropLast(lastPathPart.utf8.count))) }

  /// A path without the extension of its last part; a name that begins with a dot is none.
  public var withoutExtension: String {
    String(Substring(utf8.dropLast(dottedExtension.utf8.count)))
  }

  /// The extension of a path's last part with its dot; empty where there is none.
  public var dottedExtension: String {
    let name = lastPathPart
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else {
      return ""
    }
    return String(Substring(name.utf8[dot...]))
  }

  /// Whether a name would break lines or terminals.
  public var hasControlCharacters: Bool {
    unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  /// Most bytes that file systems take for a name.
  public static var longestName: Int { 255 }

  /// The path with a last part that file systems take: of one that is too long, all that does not fit makes
  /// room for a digest of the whole, which keeps names apart, while its end, such as `.1.flac.json`, stays.
  ///
  /// - Parameter digest: 16 digits for a name
  /// - Returns: the path itself where it fits
  public func withFittingName(_ digest: ([UInt8]) -> String) -> String {
    let name = lastPathPart
    guard name.pathBytes.count > Self.longestName else { return self }
    var (head, tail) = (String.UnicodeScalarView(), String.UnicodeScalarView())
    // Bytes for the end, and for all but the digest and what sets it apart.
    var room = 20
    for scalar in name.unicodeScalars.reversed() {
      room -= String(scalar).pathBytes.count
      guard room >= 0 else { break }
      tail.insert(scalar, at: tail.startIndex)
    }
    room = Self.longestName - 18 - String(tail).pathBytes.count
    for scalar in name.unicodeScalars {
      room -= String(scalar).pathBytes.count
      guard room >= 0 else { break }
      head.append(scalar)
    }
    return "\(parentPath)\(String(head))~\(digest(name.pathBytes))~\(String(tail))"
  }
}
