import Testing

@testable import MMAudio

@Suite("prompt cleaning")
struct PromptCleaningTests {
  @Test("cleaned text equals open_clip's scalar by scalar")
  func cleanEqualsReference() {
    #expect(!PromptCase.all.isEmpty)
    for prompt in PromptCase.all {
      // Scalars, since Swift strings also equal their canonical equivalents.
      let clean = PromptCleaning.clean(prompt.prompt).unicodeScalars
      #expect(clean.elementsEqual(prompt.clean.unicodeScalars), "\(prompt.prompt.debugDescription)")
    }
  }

  @Test("each repair of ftfy does what it says")
  func repairs() {
    let cases = [
      ("\u{201c}dog\u{2019}s\u{201d}", "\"dog's\""),
      ("o\u{fb03}ce", "office"),
      ("\u{ff2c}\u{ff2f}\u{ff35}\u{ff24}\u{3000}\u{ff01}", "loud !"),
      ("a\r\nb\rc\u{2028}d", "a b c d"),
      ("\u{1b}[36;44mblue\u{1b}[0m", "blue"),
      ("a\u{0}b\u{7f}c\u{feff}d", "abcd"),
      ("\u{93}x\u{94}", "\"x\""),
      ("&amp;lt;b&amp;gt;", "<b>"),
      ("P&EACUTE;REZ", "p\u{e9}rez"),
      ("a<b &EACUTE;", "a<b &eacute;"),
      ("&notit; &#x41 &#0;", "\u{ac}it; a \u{fffd}"),
      ("  two \t words\n", "two words"),
      ("\u{39f}\u{394}\u{39f}\u{3a3}", "\u{3bf}\u{3b4}\u{3bf}\u{3c2}"),
      ("s\u{c3}\u{b3}", "s\u{e3}\u{b3}"),
    ]
    for (prompt, expected) in cases {
      let clean = PromptCleaning.clean(prompt).unicodeScalars
      #expect(clean.elementsEqual(expected.unicodeScalars), "\(prompt.debugDescription)")
    }
  }

  @Test("numeric references of any length are read without overflow")
  func longNumericReference() {
    let digits = String(repeating: "9", count: 10_000)
    #expect(PromptCleaning.clean("a&#\(digits);b") == "a\u{fffd}b")
    #expect(PromptCleaning.clean("a&#x\(digits)") == "a\u{fffd}")
  }

  @Test("Hangul composes by the Unicode Standard")
  func hangulComposition() {
    let cases: [([Unicode.Scalar], [Unicode.Scalar])] = [
      (["\u{1112}", "\u{1161}", "\u{11ab}"], ["\u{d55c}"]),
      (["\u{d558}", "\u{11ab}"], ["\u{d55c}"]),
      (["\u{d55c}", "\u{11ab}"], ["\u{d55c}", "\u{11ab}"]),
      (["\u{1103}", "\u{1176}"], ["\u{1103}", "\u{1176}"]),
      (["\u{1103}", "\u{1161}", "\u{11c3}"], ["\u{b2e4}", "\u{11c3}"]),
      (
        ["e", "\u{301}", "\u{1100}", "\u{1161}", "e", "\u{301}"], ["\u{e9}", "\u{ac00}", "\u{e9}"]
      ),
    ]
    for (text, expected) in cases { #expect(CanonicalComposition.compose(text) == expected) }
  }
}
