import Foundation

/// The rows of a CSV by RFC 4180: commas, double quotes, line breaks of either kind.
///
/// Written out because SwiftCSV takes a quote that is never closed and rows of other lengths, strips
/// white space, and does not say in which line a row is.
struct CommaSeparatedReader {
  private let bytes: [UInt8]
  private var position = 0
  /// Line that the next row begins in, counted from 1.
  private(set) var line = 1

  init(_ data: Data) { bytes = [UInt8](data) }

  /// Whether all rows are read; a line break at the end begins none.
  var isAtEnd: Bool { position == bytes.count }

  /// The fields of the next row.
  mutating func next() throws(BatchError.RowProblem) -> [String] {
    let start = position
    var fields: [String] = []
    repeat {
      let field = take("\"") ? try quoted() : plain()
      guard position - start <= Manifest.longestRow else {
        throw .tooLong(most: Manifest.longestRow)
      }
      guard let text = String(validating: field, as: UTF8.self) else { throw .notUTF8 }
      fields.append(text)
    } while take(",")
    guard isAtEnd || take("\r\n") || take("\n") else { throw .looseQuote }
    line += 1
    return fields
  }

  /// What stands up to the next comma, quote or line break.
  private mutating func plain() -> ArraySlice<UInt8> {
    let rest = bytes[position...]
    let end = rest.firstIndex { ",\"\n".utf8.contains($0) } ?? bytes.count
    let field = bytes[position..<end]
    let isBroken = end < bytes.count && bytes[end] == UInt8(ascii: "\n")
    let text = isBroken && field.last == UInt8(ascii: "\r") ? field.dropLast() : field
    position = text.endIndex
    return text
  }

  /// What stands up to a quote that is not doubled, which is skipped.
  private mutating func quoted() throws(BatchError.RowProblem) -> ArraySlice<UInt8> {
    var field: ArraySlice<UInt8> = []
    repeat {
      guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\"")) else {
        throw .openQuote
      }
      line += bytes[position..<end].count { $0 == UInt8(ascii: "\n") }
      field += bytes[position...end]
      position = end + 1
    } while take("\"")
    return field.dropLast()
  }

  /// Skips a text if it comes next.
  private mutating func take(_ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard bytes.count - position >= length,
      text.withUTF8Buffer({ bytes[position..<(position + length)].elementsEqual($0) })
    else { return false }
    position += length
    return true
  }
}
