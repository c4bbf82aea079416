import MMAudioMedia

/// What an id may be.
enum ClipID {
  /// Most bytes of an id.
  static let longest = 1024

  /// Gives every row an id of its own; rows for which there is none fail.
  ///
  /// Of videos whose names differ in their extensions alone, all have these in their ids, so that no id
  /// depends on which of them comes first.
  static func settle(_ rows: inout [ClipRow]) {
    var clashing: [Int]
    repeat {
      let count = rows.reduce(into: [:]) { $0[$1.id, default: 0] += 1 }
      clashing = rows.indices.filter {
        count[rows[$0].id] != 1 && !rows[$0].longerIDs.isEmpty
      }
      for index in clashing { rows[index].id = rows[index].longerIDs.removeFirst() }
    } while !clashing.isEmpty

    var owners: [String: ClipSource] = [:]
    for index in rows.indices where rows[index].failure == nil {
      let (id, source) = (rows[index].id, rows[index].source)
      if let problem = problem(of: id) {
        rows[index].fail(of: BatchError.id(source, id: id, problem: problem))
      } else if let first = owners[id] {
        rows[index].fail(of: BatchError.sameID(id, first, source))
      } else {
        owners[id] = source
      }
    }
    // The result of a clip that cannot be made is not to be taken for that of another one.
    for index in rows.indices where rows[index].failure != nil {
      let (id, source) = (rows[index].id, rows[index].source)
      if id.isEmpty || owners.updateValue(source, forKey: id) != nil {
        rows[index].id = source.description
      }
    }
  }

  private static func problem(of id: String) -> String? {
    if id.hasControlCharacters { return "has control characters" }
    return id.pathBytes.count > longest ? "is longer than \(longest) bytes" : nil
  }
}
