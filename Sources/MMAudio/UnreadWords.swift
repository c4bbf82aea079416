/// What of its prompts a request leaves out, since the text encoder reads 77 tokens.
public struct UnreadWords: Sendable, Equatable, Encodable {
  /// Of the prompt; nil if all of it is read.
  public let prompt: String?
  /// Of the negative prompt; nil if all of it is read.
  public let negativePrompt: String?

  private enum CodingKeys: String, CodingKey {
    case prompt
    case negativePrompt = "negative_prompt"
  }

  /// Counts the tokens of a request's prompts; nil if all of both are read.
  ///
  /// - Parameter request: has the prompts
  public init?(_ request: GenerationRequest) {
    prompt = CLIPTokenizer.leftOut(of: request.prompt)
    negativePrompt = CLIPTokenizer.leftOut(of: request.negativePrompt)
    if prompt == nil && negativePrompt == nil { return nil }
  }

  /// A line for each prompt of which something is left out.
  public var notes: [String] {
    [("prompt", prompt), ("negative prompt", negativePrompt)].compactMap { name, words in
      guard let words else { return nil }
      let start = words.prefix(200)
      return "the \(name) is longer than the \(CLIPTokenizer.contextLength) tokens that are read; "
        + "left out: '\(start)\(start.endIndex == words.endIndex ? "" : "…")'"
    }
  }
}
