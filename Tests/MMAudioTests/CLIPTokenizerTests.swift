import Foundation
import Testing

@testable import MMAudio

/// A prompt and what open_clip 3.3 makes of it, with ftfy's mojibake repair turned off.
struct PromptCase: Decodable {
  let prompt: String
  /// The prompt cleaned, before it is cut into words.
  let clean: String
  /// Ids up to the end token.
  let ids: [Int32]

  static let all: [PromptCase] = {
    do {
      let url = try #require(
        Bundle.module.url(
          forResource: "clip_prompts", withExtension: "json", subdirectory: "Fixtures"))
      return try JSONDecoder().decode([PromptCase].self, from: Data(contentsOf: url))
    } catch {
      Issue.record(error)
      return []
    }
  }()
}

@Suite("CLIP tokenizer")
struct CLIPTokenizerTests {
  static let tokenizer = CLIPTokenizer()

  @Test("ids equal open_clip's, parity goldens and 208 nasty prompts")
  func idsEqualReference() {
    #expect(PromptCase.all.count == 220)
    for prompt in PromptCase.all {
      let padding = [Int32](repeating: 0, count: CLIPTokenizer.contextLength - prompt.ids.count)
      #expect(
        Self.tokenizer(prompt.prompt) == prompt.ids + padding, "\(prompt.prompt.debugDescription)")
    }
  }

  @Test("an empty prompt is start, end and zeros")
  func emptyPrompt() {
    #expect(Self.tokenizer("") == [49_406, 49_407] + [Int32](repeating: 0, count: 75))
  }

  @Test("a prompt of exactly 75 words fits; one more is cut and the end token stays")
  func cutAtContextLength() {
    let fitting = Self.tokenizer([String](repeating: "dog", count: 75).joined(separator: " "))
    let cut = Self.tokenizer([String](repeating: "dog", count: 76).joined(separator: " "))
    #expect(fitting.count == 77)
    #expect(fitting.last == CLIPTokenizer.endToken)
    #expect(fitting == cut)
  }

  @Test("all 256 bytes have a token of their own, at both places in a word")
  func everyByteHasATokenOfItsOwn() {
    let encoding = BytePairEncoding()
    let ending = (UInt8.min...UInt8.max).map { encoding([$0]) }
    #expect(Set(ending.flatMap { $0 }) == Set(256..<512))
    #expect(encoding([UInt8(ascii: "!")]) == [256])
    #expect(encoding([0]) == [256 + 188])
  }
}
