/// The Windows-1252 meanings of C1 control characters, as browsers and ftfy read them.
enum Windows1252 {
  /// The character that Windows-1252 has where Latin-1 has a C1 control.
  ///
  /// - Parameter control: U+0080 to U+009F; the five unassigned ones stand for themselves
  /// - Returns: a printable character, or `control`
  static func character(_ control: Unicode.Scalar) -> Unicode.Scalar {
    characters[Int(control.value) - 0x80]
  }

  private static let characters: [Unicode.Scalar] = [
    "\u{20ac}", "\u{81}", "\u{201a}", "\u{192}", "\u{201e}", "\u{2026}", "\u{2020}", "\u{2021}",
    "\u{2c6}", "\u{2030}", "\u{160}", "\u{2039}", "\u{152}", "\u{8d}", "\u{17d}", "\u{8f}",
    "\u{90}", "\u{2018}", "\u{2019}", "\u{201c}", "\u{201d}", "\u{2022}", "\u{2013}", "\u{2014}",
    "\u{2dc}", "\u{2122}", "\u{161}", "\u{203a}", "\u{153}", "\u{9d}", "\u{17e}", "\u{178}",
  ]
}
