import Foundation

/// Unicode normalisation form C.
///
/// Foundation's own composition on Linux (Swift 6.3) gets Hangul wrong: it does not join a syllable
/// with a final consonant, and it does join U+1176 and U+11C3, which are not part of the algorithm.
/// Hangul therefore goes by the Unicode Standard, section 3.12; its characters compose only with
/// each other, so the rest can be left to Foundation piece by piece.
enum CanonicalComposition {
  /// The text with every sequence replaced by its canonical composite.
  static func compose(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard !text.allSatisfy(\.isASCII) else { return text }
    var result: [Unicode.Scalar] = []
    var rest = text[...]
    while let first = rest.first {
      let isHangul = isConjoining(first)
      let run = rest.prefix { isConjoining($0) == isHangul }
      rest = rest.dropFirst(run.count)
      if isHangul {
        result += composeHangul(run)
      } else {
        let string = String(String.UnicodeScalarView(run))
        result += string.precomposedStringWithCanonicalMapping.unicodeScalars
      }
    }
    return result
  }

  private static let firstSyllable: UInt32 = 0xac00
  private static let lastSyllable: UInt32 = 0xd7a3
  private static let vowelCount: UInt32 = 21
  /// Final consonants, counting none.
  private static let finalCount: UInt32 = 28

  private static func isConjoining(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x11ff, firstSyllable...lastSyllable: true
    default: false
    }
  }

  private static func composeHangul(_ run: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for scalar in run {
      if let last = result.last, let syllable = syllable(last.value, scalar.value) {
        result[result.count - 1] = syllable
      } else {
        result.append(scalar)
      }
    }
    return result
  }

  /// Initial consonant and vowel, or syllable without a final and final consonant.
  private static func syllable(_ left: UInt32, _ right: UInt32) -> Unicode.Scalar? {
    switch (left, right) {
    case (0x1100...0x1112, 0x1161...0x1175):
      let open = (left - 0x1100) * vowelCount + right - 0x1161
      return Unicode.Scalar(firstSyllable + open * finalCount)
    case (firstSyllable...lastSyllable, 0x11a8...0x11c2):
      let isOpen = (left - firstSyllable).isMultiple(of: finalCount)
      return isOpen ? Unicode.Scalar(left + right - 0x11a7) : nil
    default:
      return nil
    }
  }
}
