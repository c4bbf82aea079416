import Foundation

extension String {
  /// What stands between the slashes of a path, whatever it joins them to: a path is bytes.
  var pathParts: [String] {
    utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { part in
      String(Substring(part))
    }
  }

  /// A path without the parts that lead nowhere: `.` and what is empty.
  var normalizedPath: String {
    let parts = pathParts.filter { $0 != "." && !$0.isEmpty }.joined(separator: "/")
    return utf8.first == UInt8(ascii: "/") ? "/" + parts : parts
  }

  /// The last part of a path.
  var lastPathPart: String { pathParts.last ?? "" }

  /// A path without the extension of its last part; a name that begins with a dot is none.
  var withoutExtension: String {
    let name = lastPathPart
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else {
      return self
    }
    return String(Substring(utf8.dropLast(name.utf8[dot...].count)))
  }

  /// Whether a name would break lines or terminals.
  var hasControlCharacters: Bool {
    unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}
