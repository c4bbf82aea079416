import Foundation

/// Clips as CSV, whose first line names the columns.
///
/// What is empty is as if it were not there.
enum CommaSeparatedRows {
  static func rows(of data: Data, path: String) throws(BatchError) -> [ClipRow] {
    var reader = CommaSeparatedReader(data)
    var columns: [ClipRow.Column] = []
    var rows: [ClipRow] = []
    while !reader.isAtEnd {
      let source = ClipSource(path: path, line: reader.line)
      do {
        let fields = try reader.next()
        if columns.isEmpty {
          columns = try self.columns(fields)
        } else {
          rows.append(try row(fields, columns, source))
        }
      } catch {
        throw .row(source, problem: error)
      }
    }
    return rows
  }

  private static func columns(
    _ names: [String]
  ) throws(BatchError.RowProblem) -> [ClipRow.Column] {
    var columns: [ClipRow.Column] = []
    for name in names {
      guard let column = ClipRow.Column(rawValue: name) else { throw .unknownKey(name) }
      guard !columns.contains(column) else { throw .repeatedKey(name) }
      columns.append(column)
    }
    return columns
  }

  private static func row(
    _ fields: [String], _ columns: [ClipRow.Column], _ source: ClipSource
  ) throws(BatchError.RowProblem) -> ClipRow {
    guard fields.contains(where: { !$0.isEmpty }) else { throw .empty }
    guard fields.count == columns.count else {
      throw .fieldCount(found: fields.count, expected: columns.count)
    }
    var row = ClipRow(source: source)
    for (column, text) in zip(columns, fields) where !text.isEmpty {
      switch column {
      case .id: row.id = text
      case .video: row.video = text
      case .prompt: row.prompt = text
      case .negativePrompt: row.negativePrompt = text
      case .seed: row.seed = try value(Seed(argument: text)?.value, column)
      case .duration: row.duration = try value(Double(text), column)
      case .takes: row.takes = try value(Int(text), column)
      }
    }
    return row
  }

  private static func value<Value>(
    _ value: Value?, _ column: ClipRow.Column
  ) throws(BatchError.RowProblem) -> Value {
    guard let value else { throw .value(column) }
    return value
  }
}
