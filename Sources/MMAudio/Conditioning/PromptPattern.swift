/// The pattern that cuts a cleaned prompt into the pieces that are encoded one by one.
///
/// `<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`, without
/// regard to case, as Python's `regex` module matches it.
enum PromptPattern {
  /// Spelling of the start token in a prompt.
  static let startText = Array("<start_of_text>".unicodeScalars)[...]
  /// Spelling of the end token in a prompt.
  static let endText = Array("<end_of_text>".unicodeScalars)[...]

  private static let fixedPieces =
    [startText, endText]
    + ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map { Array($0.unicodeScalars)[...] }

  /// The first matches in order; what no alternative matches is left out, as `findall` does.
  ///
  /// - Parameters:
  ///   - text: in lower case
  ///   - limit: how many matches are wanted
  /// - Returns: pieces without white space, never empty, whose indices count the scalars of the text
  static func pieces(_ text: String, atMost limit: Int) -> [ArraySlice<Unicode.Scalar>] {
    let scalars = Array(text.unicodeScalars)
    var pieces: [ArraySlice<Unicode.Scalar>] = []
    var position = 0
    while position < scalars.count, pieces.count < limit {
      let length = matchLength(scalars[position...])
      if length > 0 { pieces.append(scalars[position..<position + length]) }
      position += max(1, length)
    }
    return pieces
  }

  private static func matchLength(_ text: ArraySlice<Unicode.Scalar>) -> Int {
    for piece in fixedPieces where text.lazy.map(withoutLongS).starts(with: piece) {
      return piece.count
    }
    guard let kind = text.first.flatMap(Kind.init) else { return 0 }
    return kind == .number ? 1 : text.prefix { Kind($0) == kind }.count
  }

  /// Ignoring case, U+017F equals "s"; no other letter survives lower case with an ASCII twin.
  private static func withoutLongS(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    scalar == "\u{17f}" ? "s" : scalar
  }

  private enum Kind {
    case letter, number, other

    /// Nil for what no class of the pattern matches.
    init?(_ scalar: Unicode.Scalar) {
      // The iota subscript is a mark whose upper case is a letter: ignoring case, `regex` excludes
      // it from the negated class and does not count it as a letter either.
      if scalar.properties.isWhitespace || scalar == "\u{345}" { return nil }
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        self = .letter
      case .decimalNumber, .letterNumber, .otherNumber:
        self = .number
      default:
        self = .other
      }
    }
  }
}
