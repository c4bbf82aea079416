/// What an id may be.
enum ClipID {
  /// Most bytes of an id in UTF-8: with an extension it is still a name of a file.
  static let longest = 200

  /// Checks every id alone, and that no two are the same.
  static func check(_ rows: [ClipRow]) throws(BatchError) {
    var owners: [String: ClipSource] = [:]
    for row in rows {
      if let problem = problem(of: row.id) { throw .id(row.source, id: row.id, problem: problem) }
      if let first = owners.updateValue(row.source, forKey: row.id) {
        throw .sameID(row.id, first, row.source)
      }
    }
  }

  private static func problem(of id: String) -> String? {
    if id.hasControlCharacters { return "has control characters" }
    return id.utf8.count > longest ? "is longer than \(longest) bytes" : nil
  }
}
