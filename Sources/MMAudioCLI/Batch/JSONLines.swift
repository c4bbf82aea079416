import Foundation

/// Clips as JSON Lines: an object a line.
///
/// What is null is as if it were not there.
enum JSONLines {
  static func rows(of data: Data, path: String) throws(BatchError) -> [ClipRow] {
    var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    let decoder = JSONDecoder()
    var rows: [ClipRow] = []
    for (index, line) in lines.enumerated() {
      let source = ClipSource(path: path, line: index + 1)
      do {
        rows.append(try row(line, source, decoder))
      } catch {
        throw .row(source, problem: error)
      }
    }
    return rows
  }

  private static func row(
    _ line: Data, _ source: ClipSource, _ decoder: JSONDecoder
  ) throws(BatchError.RowProblem) -> ClipRow {
    guard line.contains(where: { !" \t\r".utf8.contains($0) }) else { throw .empty }
    guard line.count <= Manifest.longestRow else { throw .tooLong(most: Manifest.longestRow) }
    guard String(validating: line, as: UTF8.self) != nil else { throw .notUTF8 }
    let row: ClipRow
    do {
      row = try decoder.decode(ClipRow.self, from: line, configuration: source)
    } catch let error as BatchError.RowProblem {
      throw error
    } catch {
      throw .notJSON
    }
    if let key = repeatedKey(of: line, decoder) { throw .repeatedKey(key) }
    return row
  }

  /// A name that an object of plain values has twice, which the decoder does not mind.
  private static func repeatedKey(of line: Data, _ decoder: JSONDecoder) -> String? {
    var seen: Set<String> = []
    var text = line.startIndex..<line.startIndex
    var start: Int?
    var isEscaped = false
    for index in line.indices {
      switch line[index] {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\"): isEscaped = true
      case UInt8(ascii: "\""):
        if let begin = start { text = begin..<(index + 1) }
        start = start == nil ? index : nil
      case UInt8(ascii: ":") where start == nil:
        let key = String(decoding: line[text].dropFirst().dropLast(), as: UTF8.self)
        let name = key.contains("\\") ? try? decoder.decode(String.self, from: line[text]) : key
        if let name, !seen.insert(name).inserted { return name }
      default: break
      }
    }
    return nil
  }
}

extension ClipRow: DecodableWithConfiguration {
  /// The clip of an object.
  ///
  /// - Parameters:
  ///   - decoder: of the object
  ///   - source: where that stands
  /// - Throws: `BatchError.RowProblem` for a name or a value that a row does not have
  init(from decoder: any Decoder, configuration source: ClipSource) throws {
    self.init(source: source)
    let names = try decoder.container(keyedBy: AnyName.self).allKeys.map(\.stringValue)
    if let unknown = names.filter({ Column(rawValue: $0) == nil }).min() {
      throw BatchError.RowProblem.unknownKey(unknown)
    }
    let object = try decoder.container(keyedBy: Column.self)
    func value<Value: Decodable>(_ column: Column, as type: Value.Type = Value.self) throws
      -> Value?
    {
      do {
        return try object.decodeIfPresent(type, forKey: column)
      } catch {
        throw BatchError.RowProblem.value(column)
      }
    }
    id = try value(.id) ?? ""
    video = try value(.video)
    prompt = try value(.prompt)
    negativePrompt = try value(.negativePrompt)
    // Negative seeds wrap around, as --seed's do.
    seed =
      try (try? value(.seed, as: Int64.self)).map { $0.map(UInt64.init(bitPattern:)) }
      ?? value(.seed)
    duration = try value(.duration)
    takes = try value(.takes)
  }

  /// Any name in an object.
  private struct AnyName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
