import Foundation

/// The rows of a CSV: by RFC 4180, and as spreadsheets of all countries write it.
///
/// Fields stand between commas, semicolons or tabs, whichever the first line has most of, or which a first
/// line like `sep=;` names; line breaks are of any kind, and blanks around a field do not count.
///
/// Written out because SwiftCSV takes a quote that is never closed and rows of other lengths, and does not
/// say in which line a row is.
struct CommaSeparatedReader {
  private let bytes: [UInt8]
  private let separator: UInt8
  private var position = 0
  /// Line that the next row begins in, counted from 1.
  private(set) var line = 1

  init(_ data: Data) {
    bytes = [UInt8](data)
    let first = bytes.prefix { !Self.lineBreaks.contains($0) }
    if let named = first.last, first.count == 5, first.starts(with: "sep=".utf8) {
      separator = named
      position = first.endIndex
      _ = takeLineBreak()
    } else {
      separator = Self.separator(of: first)
    }
  }

  /// Whether all rows are read; a line break at the end begins none.
  var isAtEnd: Bool { position == bytes.count }

  /// The fields of the next row, none of which have blanks around them unless they stand in quotes.
  ///
  /// After a problem that does not end the list the next row is that of the next line.
  mutating func next() throws(BatchError.RowProblem) -> [String] {
    let start = position
    var fields: [String] = []
    var isText = true
    repeat {
      skipBlanks()
      let isQuoted = take(UInt8(ascii: "\""))
      let field = isQuoted ? try quoted() : plain()
      skipBlanks()
      guard position - start <= Manifest.longestRow else {
        throw .tooLong(most: Manifest.longestRow)
      }
      let text = String(validating: field, as: UTF8.self)
      isText = isText && text != nil
      fields.append(text ?? "")
    } while take(separator)
    guard isAtEnd || takeLineBreak() else {
      position = bytes[position...].firstIndex(where: Self.lineBreaks.contains) ?? bytes.count
      _ = takeLineBreak()
      throw .looseQuote
    }
    guard isText else { throw .notUTF8 }
    return fields
  }

  private static let lineBreaks: [UInt8] = Array("\r\n".utf8)
  private static let separators: [UInt8] = Array(",;\t".utf8)

  /// What a line outside of quotes has most of; a comma where it has none.
  private static func separator(of line: ArraySlice<UInt8>) -> UInt8 {
    let parts = line.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
    let outside = parts.enumerated().filter { $0.offset.isMultiple(of: 2) }.flatMap(\.element)
    func count(_ separator: UInt8) -> Int { outside.count { $0 == separator } }
    return separators.max { count($0) < count($1) } ?? UInt8(ascii: ",")
  }

  /// What stands up to the next separator, quote or line break, without blanks at its end.
  private mutating func plain() -> ArraySlice<UInt8> {
    let end =
      bytes[position...].firstIndex {
        $0 == separator || $0 == UInt8(ascii: "\"") || Self.lineBreaks.contains($0)
      } ?? bytes.count
    var field = bytes[position..<end]
    position = end
    while let last = field.last, isBlank(last) { field.removeLast() }
    return field
  }

  /// What stands up to a quote that is not doubled, which is skipped.
  private mutating func quoted() throws(BatchError.RowProblem) -> ArraySlice<UInt8> {
    var field: ArraySlice<UInt8> = []
    repeat {
      guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\"")) else {
        throw .openQuote
      }
      // One that is followed by \n is counted with that.
      line += (position..<end).count { place in
        bytes[place] == UInt8(ascii: "\n")
          || bytes[place] == UInt8(ascii: "\r") && bytes[place + 1] != UInt8(ascii: "\n")
      }
      field += bytes[position...end]
      position = end + 1
    } while take(UInt8(ascii: "\""))
    return field.dropLast()
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte != separator && (byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t"))
  }

  private mutating func skipBlanks() {
    while position < bytes.count, isBlank(bytes[position]) { position += 1 }
  }

  private mutating func takeLineBreak() -> Bool {
    let isReturn = take(UInt8(ascii: "\r"))
    guard take(UInt8(ascii: "\n")) || isReturn else { return false }
    line += 1
    return true
  }

  /// Skips a byte if it comes next.
  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }
}
