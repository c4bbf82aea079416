/// HTML character references, read as Python's `html.unescape` and ftfy's stricter twin read them.
enum HTMLEntities {
  /// `html.unescape`: the rules of the HTML standard, semicolons optional where it allows.
  static func unescape(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    replacingReferences(in: text) { rest in
      if rest.first == "#" { return numericReference(rest) }
      let length = rest.prefix(longestName).prefix { !endsName($0) }.count
      guard length > 0 else { return nil }
      let hasSemicolon = rest.dropFirst(length).first == ";"
      let name = rest.prefix(hasSemicolon ? length + 1 : length)
      return longestNamedPrefix(of: name)
    }
  }

  /// ftfy's `unescape_html`: only names that end in a semicolon, and `&EACUTE;` for `&Eacute;`.
  static func unescapeUnambiguous(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    replacingReferences(in: text) { rest in
      let isNumeric = rest.first == "#"
      let digits = rest.dropFirst(isNumeric ? 1 : 0).prefix(25).prefix(while: isASCIIAlphanumeric)
      let end = digits.endIndex
      guard (1...24).contains(digits.count), end < rest.endIndex, rest[end] == ";" else {
        return nil
      }
      let reference = rest[...end]
      if isNumeric {
        guard let number = numericReference(reference) else { return nil }
        // Only a whole reference counts, and "&#59;" stays, since ftfy looks for semicolons left.
        let isWhole = number.length == reference.count && number.text != [";"]
        return isWhole ? number : nil
      }
      guard let found = names[Array(reference)] ?? shoutedName(reference) else { return nil }
      return Replacement(length: reference.count, text: found)
    }
  }

  /// What stands after an ampersand: the scalars it takes up and what replaces them.
  private struct Replacement {
    let length: Int
    let text: [Unicode.Scalar]
  }

  private static func replacingReferences(
    in text: [Unicode.Scalar], by replacement: (ArraySlice<Unicode.Scalar>) -> Replacement?
  ) -> [Unicode.Scalar] {
    guard text.contains("&") else { return text }
    var result: [Unicode.Scalar] = []
    var position = 0
    while position < text.count {
      let scalar = text[position]
      position += 1
      if scalar == "&", let found = replacement(text[position...]) {
        result += found.text
        position += found.length
      } else {
        result.append(scalar)
      }
    }
    return result
  }

  // MARK: Numeric references

  /// Reads `#123;`, `#x7b;` or either without its semicolon; nil if there are no digits.
  private static func numericReference(_ rest: ArraySlice<Unicode.Scalar>) -> Replacement? {
    var body = rest.dropFirst()
    let isHexadecimal = body.first == "x" || body.first == "X"
    if isHexadecimal { body = body.dropFirst() }
    let radix = isHexadecimal ? 16 : 10
    var code = 0
    var end = body.startIndex
    while end < body.endIndex, let digit = digitValue(body[end], radix: radix) {
      // Stops growing beyond Unicode, so that any number of digits is safe.
      code = min(code * radix + digit, 0x110000)
      end += 1
    }
    guard end > body.startIndex else { return nil }
    if end < body.endIndex, body[end] == ";" { end += 1 }
    return Replacement(length: end - rest.startIndex, text: character(code))
  }

  private static func digitValue(_ scalar: Unicode.Scalar, radix: Int) -> Int? {
    guard scalar.isASCII, let value = Character(scalar).hexDigitValue, value < radix else {
      return nil
    }
    return value
  }

  /// The character of a numeric reference: Windows-1252 for C1 controls, nothing for noncharacters.
  private static func character(_ code: Int) -> [Unicode.Scalar] {
    guard code != 0, let scalar = Unicode.Scalar(UInt32(code)) else { return ["\u{fffd}"] }
    switch code {
    case 0x80...0x9f: return [Windows1252.character(scalar)]
    case 0x1...0x8, 0xb, 0xe...0x1f, 0x7f, 0xfdd0...0xfdef: return []
    case _ where code & 0xfffe == 0xfffe: return []
    default: return [scalar]
    }
  }

  // MARK: Named references

  /// Longest name the standard's tokenizer considers, before its semicolon.
  private static let longestName = 32

  private static func endsName(_ scalar: Unicode.Scalar) -> Bool {
    "\t\n\u{c} <&#;".unicodeScalars.contains(scalar)
  }

  private static func isASCIIAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "A"..."Z", "a"..."z": true
    default: false
    }
  }

  private static func longestNamedPrefix(of name: ArraySlice<Unicode.Scalar>) -> Replacement? {
    for length in stride(from: name.count, through: 2, by: -1) {
      if let text = names[Array(name.prefix(length))] {
        return Replacement(length: length, text: text)
      }
    }
    return nil
  }

  /// A name in capitals stands for its lower-case one in capitals, unless it already means a name.
  private static func shoutedName(_ reference: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar]? {
    let letters = reference.filter(\.properties.isAlphabetic)
    guard letters.allSatisfy(\.properties.isUppercase), longestNamedPrefix(of: reference) == nil
    else { return nil }
    let lowercase = reference.flatMap(\.properties.lowercaseMapping.unicodeScalars)
    return names[lowercase]?.flatMap(\.properties.uppercaseMapping.unicodeScalars)
  }

  /// Text by name, with the semicolon where the name needs one.
  ///
  /// Keyed by scalars, because Swift strings also equal their canonical equivalents.
  private static let names: [[Unicode.Scalar]: [Unicode.Scalar]] = {
    var names: [[Unicode.Scalar]: [Unicode.Scalar]] = [:]
    for entry in htmlEntityTable.split(whereSeparator: \.isWhitespace) {
      let isOptional = entry.contains("?")
      let fields = entry.split { $0 == ":" || $0 == "?" }
      precondition(fields.count == 2, "htmlEntityTable: '\(entry)'")
      let name = Array(fields[0].unicodeScalars)
      let text = fields[1].split(separator: "+").compactMap {
        UInt32($0, radix: 16).flatMap(Unicode.Scalar.init)
      }
      names[name + [";"]] = text
      if isOptional { names[name] = text }
    }
    return names
  }()
}
