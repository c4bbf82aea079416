import Foundation

/// Clips as CSV, whose first row names the columns.
///
/// What is empty is as if it were not there. A row that is none fails alone.
enum CommaSeparatedRows {
  static func rows(of data: Data, path: String) throws(BatchError) -> [ClipRow] {
    var reader = CommaSeparatedReader(data)
    var headings: [Heading] = []
    var rows: [ClipRow] = []
    while !reader.isAtEnd {
      let source = ClipSource(path: path, line: reader.line)
      do {
        let fields = try reader.next()
        // Spreadsheets write rows of separators for rows that were deleted.
        guard fields.contains(where: { !$0.allSatisfy(\.isWhitespace) }) else { continue }
        if headings.isEmpty {
          headings = try self.headings(fields)
        } else {
          rows.append(row(fields, headings, source))
        }
      } catch {
        guard !headings.isEmpty, !error.endsList else { throw .row(source, problem: error) }
        var row = ClipRow(source: source)
        row.fail(of: BatchError.row(source, problem: error))
        rows.append(row)
      }
    }
    return rows
  }

  /// What a column has.
  private enum Heading: Equatable {
    case column(ClipRow.Column)
    case extra(String)
    /// Has no name, and ought to be empty.
    case none
  }

  private static func headings(_ names: [String]) throws(BatchError.RowProblem) -> [Heading] {
    var headings: [Heading] = []
    for name in names.map({ $0.trimmingCharacters(in: .whitespaces) }) {
      if let column = ClipRow.Column(named: name) {
        guard !headings.contains(.column(column)) else { throw .repeatedKey(name) }
        headings.append(.column(column))
      } else {
        headings.append(name.isEmpty ? .none : .extra(name))
      }
    }
    let isKnown = headings.contains { if case .column = $0 { true } else { false } }
    guard isKnown else { throw .unknownKey(names.first { !$0.isEmpty } ?? "") }
    while headings.last == Heading.none { headings.removeLast() }
    return headings
  }

  private static func row(
    _ fields: [String], _ headings: [Heading], _ source: ClipSource
  ) -> ClipRow {
    var row = ClipRow(source: source)
    func fail(_ problem: BatchError.RowProblem) {
      row.fail(of: BatchError.row(source, problem: problem))
    }
    var fields = fields
    while fields.count > headings.count, fields.last?.isEmpty == true { fields.removeLast() }
    for (heading, text) in zip(headings, fields) where !text.isEmpty {
      switch heading {
      case .none: continue
      case .extra(let name): row.extra[name] = .text(text)
      case .column(.id): row.id = text
      case .column(.video): row.video = text
      case .column(.prompt): row.prompt = text
      case .column(.negativePrompt): row.negativePrompt = text
      case .column(.seed):
        row.seed = Seed(argument: text)?.value
        if row.seed == nil { fail(.value(.seed)) }
      case .column(.duration):
        // Where semicolons separate fields, a comma stands before decimals.
        row.duration = Double(text.replacing(",", with: "."))
        if row.duration == nil { fail(.value(.duration)) }
      case .column(.takes):
        row.takes = Int(text)
        if row.takes == nil { fail(.value(.takes)) }
      }
    }
    if fields.count != headings.count {
      fail(.fieldCount(found: fields.count, expected: headings.count))
    }
    return row
  }
}
