/// CLIP's tokenizer as open_clip's `SimpleTokenizer` defaults: a prompt becomes 77 token ids.
///
/// Cleans the prompt (`PromptCleaning`), cuts it into pieces (`PromptPattern`) and encodes each by
/// itself (`BytePairEncoding`). Everything it needs is part of the binary.
public struct CLIPTokenizer: Sendable {
  /// Number of ids a prompt becomes.
  public static let contextLength = 77
  /// First id of every prompt.
  public static let startToken: Int32 = 49_406
  /// Id after the last word; it is kept when the prompt is cut.
  public static let endToken: Int32 = 49_407

  /// Bytes of a word that are looked at: a token spells 32 at most, so the last id that counts ends
  /// before 2,432, and merging far behind it does not reach back.
  private static let wordLimit = 4096

  private let encoding = BytePairEncoding()

  /// Indexes the merge table; do it once, not per prompt.
  public init() {}

  /// Ids of a prompt: start, words, end, then zeros.
  ///
  /// - Parameter prompt: any text; what does not fit into 75 ids is left out
  /// - Returns: 77 ids, each in `0..<49408`
  public func callAsFunction(_ prompt: String) -> [Int32] {
    let ids = ids(of: PromptCleaning.clean(prompt)).ids.prefix(Self.contextLength - 1)
    return ids + [Self.endToken]
      + [Int32](repeating: 0, count: Self.contextLength - 1 - ids.count)
  }

  /// What of a prompt is left out, from the first word that does not fit as a whole.
  ///
  /// - Parameter prompt: any text
  /// - Returns: text as the tokenizer cleans it; nil if all fits
  public static func leftOut(of prompt: String) -> String? {
    let clean = PromptCleaning.clean(prompt)
    // An id spells at least one byte, and the merge table takes a while to index.
    guard clean.utf8.count > contextLength - 2, let cut = CLIPTokenizer().ids(of: clean).cut
    else { return nil }
    return String(String.UnicodeScalarView(clean.unicodeScalars.dropFirst(cut)))
  }

  /// The start and the words up to the first that does not fit, and the scalar that this one begins at.
  private func ids(of clean: String) -> (ids: [Int32], cut: Int?) {
    var ids = [Self.startToken]
    // Every piece gives at least one id.
    for piece in PromptPattern.pieces(clean, atMost: Self.contextLength) {
      switch piece {
      case PromptPattern.startText: ids.append(Self.startToken)
      case PromptPattern.endText: ids.append(Self.endToken)
      default: ids += encoding(String(String.UnicodeScalarView(piece)).utf8.prefix(Self.wordLimit))
      }
      if ids.count >= Self.contextLength { return (ids, piece.startIndex) }
    }
    return (ids, nil)
  }
}
