import Foundation

/// Text cleaning before CLIP's tokenizer: open_clip's `clean='lower'` without mojibake repair.
///
/// `lower(whitespace(unescape(unescape(fix_text(prompt)))))`, where `fix_text` is ftfy 6's with its
/// defaults, except that text decoded in the wrong encoding stays as it is. Character classes and
/// case mappings are those of the Unicode version the Swift standard library was built with.
public enum PromptCleaning {
  /// The prompt as the tokenizer's pattern sees it: one line, single spaces, lower case.
  public static func clean(_ prompt: String) -> String {
    var scalars = fixText(Array(prompt.unicodeScalars))
    // Twice, because captions scraped from the web are often escaped twice.
    scalars = HTMLEntities.unescape(HTMLEntities.unescape(scalars))
    return string(lowercased(collapsingWhitespace(scalars)))
  }

  // MARK: ftfy's repairs

  /// How often a character reference may be escaped over and over.
  private static let deepestReference = 64

  /// `ftfy.fix_text(text, fix_encoding=False)`: every line by itself until nothing changes.
  private static func fixText(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    // A "<" means that the text is HTML itself; ftfy then leaves entities alone from there on.
    var unescapesHTML = true
    var result: [Unicode.Scalar] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.contains("<") { unescapesHTML = false }
      let isLast = line.endIndex == text.endIndex
      result += fixLine(isLast ? Array(line) : line + ["\n"], unescapesHTML: unescapesHTML)
    }
    return result
  }

  private static func fixLine(
    _ line: [Unicode.Scalar], unescapesHTML: Bool
  ) -> [Unicode.Scalar] {
    var text = line
    // Each pass takes one level off references such as "&amp;amp;lt;". ftfy goes on until there are
    // none, in time that grows with the square of a prompt made of nothing else.
    for _ in 0..<deepestReference {
      let before = text
      if unescapesHTML { text = HTMLEntities.unescapeUnambiguous(text) }
      text = text.flatMap(plainForm)
      text = unixLineBreaks(text)
      text = removingTerminalEscapes(text)
      text.removeAll(where: isUnwantedControl)
      text = CanonicalComposition.compose(text)
      if text == before { break }
    }
    return text
  }

  /// What one character becomes: C1 controls, Latin ligatures, character width, then quotes.
  private static func plainForm(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    switch scalar.value {
    case 0x80...0x9f:
      return [straightQuote(Windows1252.character(scalar))]
    case 0x3000:
      return [" "]
    case 0xff01...0xffef:
      let standardWidth = String(scalar).precomposedStringWithCompatibilityMapping
      return standardWidth.unicodeScalars.map(straightQuote)
    default:
      return latinLigatures[scalar] ?? [straightQuote(scalar)]
    }
  }

  /// Ligatures of copied typesetting and digraphs of old encodings, ftfy's `LIGATURES`.
  private static let latinLigatures: [Unicode.Scalar: [Unicode.Scalar]] = [
    "\u{132}": ["I", "J"], "\u{133}": ["i", "j"], "\u{149}": ["'", "n"],
    "\u{1c4}": ["D", "\u{17d}"], "\u{1c5}": ["D", "\u{17e}"], "\u{1c6}": ["d", "\u{17e}"],
    "\u{1c7}": ["L", "J"], "\u{1c8}": ["L", "j"], "\u{1c9}": ["l", "j"],
    "\u{1ca}": ["N", "J"], "\u{1cb}": ["N", "j"], "\u{1cc}": ["n", "j"],
    "\u{1f1}": ["D", "Z"], "\u{1f2}": ["D", "z"], "\u{1f3}": ["d", "z"],
    "\u{fb00}": ["f", "f"], "\u{fb01}": ["f", "i"], "\u{fb02}": ["f", "l"],
    "\u{fb03}": ["f", "f", "i"], "\u{fb04}": ["f", "f", "l"],
    "\u{fb05}": ["\u{17f}", "t"], "\u{fb06}": ["s", "t"],
  ]

  private static func straightQuote(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "\u{2bc}", "\u{2018}"..."\u{201b}": "'"
    case "\u{201c}"..."\u{201f}": "\""
    default: scalar
    }
  }

  private static func unixLineBreaks(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for (index, scalar) in text.enumerated() {
      switch scalar {
      case "\r" where index + 1 < text.count && text[index + 1] == "\n": continue
      case "\r", "\u{2028}", "\u{2029}": result.append("\n")
      default: result.append(scalar)
      }
    }
    return result
  }

  /// Drops ANSI sequences: escape, `[`, digits and semicolons, one Latin letter.
  private static func removingTerminalEscapes(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard text.contains("\u{1b}") else { return text }
    var result: [Unicode.Scalar] = []
    var position = 0
    while position < text.count {
      var end = position + 2
      if text[position] == "\u{1b}", end <= text.count, text[position + 1] == "[" {
        while end < text.count, isEscapeParameter(text[end]) { end += 1 }
        if end < text.count, text[end].isASCII, text[end].properties.isAlphabetic {
          position = end + 1
          continue
        }
      }
      result.append(text[position])
      position += 1
    }
    return result
  }

  private static func isEscapeParameter(_ scalar: Unicode.Scalar) -> Bool {
    scalar == ";" || scalar.properties.generalCategory == .decimalNumber
  }

  /// Controls without a displayed effect; joiners and direction marks are not among them.
  private static func isUnwantedControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...8, 0xb, 0xe...0x1f, 0x7f, 0x206a...0x206f, 0xfeff, 0xfff9...0xfffc: true
    default: false
    }
  }

  // MARK: Python's string methods

  /// `" ".join(text.split())`.
  private static func collapsingWhitespace(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    Array(text.split(whereSeparator: isPythonSpace).joined(separator: [" "]))
  }

  /// `str.isspace`: Unicode's White_Space and the four information separators.
  private static func isPythonSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
  }

  /// `str.lower`: full mappings, and a capital sigma that ends a word becomes a final one.
  private static func lowercased(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for (index, scalar) in text.enumerated() {
      if scalar == "\u{3a3}" {
        let isFinal =
          startsCased(text[..<index].reversed()) && !startsCased(text[(index + 1)...])
        result.append(isFinal ? "\u{3c2}" : "\u{3c3}")
      } else {
        result += scalar.properties.lowercaseMapping.unicodeScalars
      }
    }
    return result
  }

  /// Whether the first scalar that case does not ignore is cased, Unicode's `Final_Sigma` test.
  private static func startsCased(_ text: some Sequence<Unicode.Scalar>) -> Bool {
    text.first { !$0.properties.isCaseIgnorable }?.properties.isCased ?? false
  }

  private static func string(_ scalars: [Unicode.Scalar]) -> String {
    String(String.UnicodeScalarView(scalars))
  }
}
