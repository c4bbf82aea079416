import MMAudioMedia

/// How outputs are named: a template whose parts come from the clip alone, never from its prompt.
struct OutputName: Sendable {
  /// What a template may have in braces.
  private enum Part: Equatable {
    case text(Substring)
    case id
    case stem
    case take
    case fileExtension
  }

  /// As the user wrote it.
  private let template: String
  private let parts: [Part]

  private init(template: String, parts: [Part]) {
    self.template = template
    self.parts = parts
  }

  /// Reads a template.
  init(_ template: String) throws(BatchError) {
    var parts: [Part] = []
    var rest = template[...]
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      parts.append(.text(rest[..<brace]))
      guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else {
        throw .template(template, problem: "has a brace without its other one")
      }
      let name = rest[rest.index(after: brace)..<end]
      switch name {
      case "id": parts.append(.id)
      case "stem": parts.append(.stem)
      case "take": parts.append(.take)
      case "ext": parts.append(.fileExtension)
      default: throw .template(template, problem: "has the unknown part {\(name)}")
      }
      rest = rest[rest.index(after: end)...]
    }
    parts.append(.text(rest))
    guard parts.contains(.id) || parts.contains(.stem) else {
      throw .template(template, problem: "gives every clip one name")
    }
    self.init(template: template, parts: parts)
  }

  /// What names the outputs of a clip where there is no template.
  static func standard(takes: Int) -> OutputName {
    let end: [Part] =
      takes > 1
      ? [.text("."), .take, .text("."), .fileExtension]
      : [.text("."), .fileExtension]
    return OutputName(template: "", parts: [.id] + end)
  }

  /// The outputs of a clip, one a take.
  ///
  /// - Parameters:
  ///   - row: the clip
  ///   - takes: how many there are
  ///   - fileExtension: of the format
  /// - Returns: paths from the output folder, which stay inside it; names that are too long are shortened
  /// - Throws: that takes share a name, or that a file system would not have it
  func paths(for row: ClipRow, takes: Int, fileExtension: String) throws(BatchError) -> [String] {
    try check(row, takes: takes)
    let stem = row.video?.lastPathPart.withoutExtension ?? row.id.lastPathPart
    return try (1...takes).map { take throws(BatchError) in
      var name = ""
      for part in parts {
        switch part {
        case .text(let text): name += text
        case .id: name += row.id
        case .stem: name += stem
        case .take: name += String(take)
        case .fileExtension: name += fileExtension
        }
      }
      name = name.fittingPath
      if let problem = Self.problem(of: name) {
        throw .outputName(row.source, name: name, problem: problem)
      }
      return name
    }
  }

  /// Throws that takes of a clip would share a name.
  func check(_ row: ClipRow, takes: Int) throws(BatchError) {
    guard takes == 1 || parts.contains(.take) else {
      throw .takesWithoutName(row.source, template: template)
    }
  }

  private static func problem(of name: String) -> String? {
    if name.hasControlCharacters { return "has control characters" }
    for part in name.pathParts {
      if part.isEmpty || part == "." || part == ".." {
        return "has a part that is empty, '.' or '..', expected a path inside the output folder"
      }
      if part.pathBytes.count > String.longestName {
        return "has a folder whose name has more than \(String.longestName) bytes"
      }
    }
    return nil
  }
}
