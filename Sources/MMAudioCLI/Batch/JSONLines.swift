import Foundation

/// Clips as JSON Lines: an object a line, between which lines may be blank.
///
/// What is null is as if it were not there. A line that is no clip fails alone.
enum JSONLines {
  static func rows(of data: Data, path: String) -> [ClipRow] {
    let decoder = JSONDecoder()
    var rows: [ClipRow] = []
    var number = 0
    var rest = data[...]
    while !rest.isEmpty {
      let line = rest.prefix { !"\r\n".utf8.contains($0) }
      rest = rest.dropFirst(line.count)
      rest = rest.dropFirst(rest.starts(with: "\r\n".utf8) ? 2 : 1)
      number += 1
      guard line.contains(where: { !" \t".utf8.contains($0) }) else { continue }
      let source = ClipSource(path: path, line: number)
      do {
        rows.append(try row(line, source, decoder))
      } catch {
        var row = ClipRow(source: source)
        row.fail(of: BatchError.row(source, problem: error))
        rows.append(row)
      }
    }
    return rows
  }

  private static func row(
    _ line: Data, _ source: ClipSource, _ decoder: JSONDecoder
  ) throws(BatchError.RowProblem) -> ClipRow {
    guard line.count <= Manifest.longestRow else { throw .tooLong(most: Manifest.longestRow) }
    guard String(validating: line, as: UTF8.self) != nil else { throw .notUTF8 }
    guard var row = try? decoder.decode(ClipRow.self, from: line, configuration: source) else {
      throw .notJSON
    }
    if let key = repeatedKey(of: line, decoder) {
      row.fail(of: BatchError.row(source, problem: .repeatedKey(key)))
    }
    return row
  }

  /// A name that an object has twice, which the decoder does not mind.
  private static func repeatedKey(of line: Data, _ decoder: JSONDecoder) -> String? {
    var seen: Set<String> = []
    var text = line.startIndex..<line.startIndex
    var start: Int?
    var isEscaped = false
    var depth = 0
    for index in line.indices {
      switch line[index] {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\"): isEscaped = true
      case UInt8(ascii: "\""):
        if let begin = start { text = begin..<(index + 1) }
        start = start == nil ? index : nil
      case _ where start != nil: break
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ":") where depth == 1:
        let key = String(decoding: line[text].dropFirst().dropLast(), as: UTF8.self)
        let name = key.contains("\\") ? try? decoder.decode(String.self, from: line[text]) : key
        guard let name else { break }
        if !seen.insert(ClipRow.Column(named: name)?.rawValue ?? name).inserted { return name }
      default: break
      }
    }
    return nil
  }
}

extension ClipRow: DecodableWithConfiguration {
  /// The clip of an object, which fails for values that a row does not have.
  ///
  /// - Parameters:
  ///   - decoder: of the object
  ///   - source: where that stands
  /// - Throws: that it is no object
  init(from decoder: any Decoder, configuration source: ClipSource) throws {
    self.init(source: source)
    let object = try decoder.container(keyedBy: AnyName.self)
    var names: [Column: AnyName] = [:]
    for name in object.allKeys {
      if let column = Column(named: name.stringValue) {
        names[column] = name
      } else if try !object.decodeNil(forKey: name) {
        extra[name.stringValue] = try object.decode(JSONValue.self, forKey: name)
      }
    }
    var bad: Column?
    func value<Value: Decodable>(_ column: Column, as type: Value.Type = Value.self) -> Value? {
      guard let name = names[column] else { return nil }
      do {
        return try object.decodeIfPresent(type, forKey: name)
      } catch {
        bad = bad ?? column
        return nil
      }
    }
    id = value(.id) ?? ""
    video = value(.video)
    prompt = value(.prompt)
    negativePrompt = value(.negativePrompt)
    // Negative seeds wrap around, as --seed's do.
    if let name = names[.seed], let seed = try? object.decode(Int64.self, forKey: name) {
      self.seed = UInt64(bitPattern: seed)
    } else {
      seed = value(.seed)
    }
    duration = value(.duration)
    takes = value(.takes)
    if let bad { fail(of: BatchError.row(source, problem: .value(bad))) }
  }

  /// Any name in an object.
  private struct AnyName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
