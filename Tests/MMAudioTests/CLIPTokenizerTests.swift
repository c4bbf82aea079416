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

  @Test("what is left out is told, from the first word that does not fit")
  func leftOut() {
    let fitting = [String](repeating: "dog", count: 75).joined(separator: " ")
    #expect(CLIPTokenizer.leftOut(of: "") == nil)
    #expect(CLIPTokenizer.leftOut(of: fitting) == nil)
    #expect(CLIPTokenizer.leftOut(of: fitting + "  Barks,\nloudly") == "barks, loudly")
    // A word of several tokens that is read in part is not heard as such.
    let almost = [String](repeating: "dog", count: 74).joined(separator: " ")
    #expect(CLIPTokenizer.leftOut(of: almost + " xqzjvkw end") == "xqzjvkw end")
    var request = GenerationRequest()
    #expect(UnreadWords(request) == nil)
    request.prompt = fitting + " barks"
    request.negativePrompt = fitting + " " + String(repeating: "music ", count: 50)
    let words = UnreadWords(request)
    #expect(
      words.map { asciiJSON($0) }?.hasPrefix(#"{"negative_prompt":"music music"#) == true)
    #expect(
      words?.notes == [
        "the prompt is longer than the 77 tokens that are read; left out: 'barks'",
        "the negative prompt is longer than the 77 tokens that are read; left out: '"
          + String(repeating: "music ", count: 33) + "mu…'",
      ])
  }

  @Test("cutting an endless word short does not change the ids that count")
  func endlessWord() {
    var random = TorchRandom(seed: 7)
    let letters = Array("aeinrsth".utf8)
    let word = random.normal([6000]).values.map { letters[Int(abs($0) * 1e4) % letters.count] }
    let whole = BytePairEncoding()(word)
    #expect(whole.count > 1000)
    let ids = Self.tokenizer(String(decoding: word, as: UTF8.self))
    #expect(ids == [CLIPTokenizer.startToken] + whole.prefix(75) + [CLIPTokenizer.endToken])
  }

  @Test("a prompt of 100,000 characters takes no longer than a short one", .timeLimit(.minutes(1)))
  func endlessPrompts() {
    let dog = Self.tokenizer("dog")
    #expect(Self.tokenizer(String(repeating: " ", count: 100_000) + "dog") == dog)
    #expect(
      Self.tokenizer(String(repeating: "dog ", count: 25_000))
        == Self.tokenizer(String(repeating: "dog ", count: 75)))
    #expect(
      Self.tokenizer(String(repeating: "x", count: 100_000))
        == Self.tokenizer(String(repeating: "x", count: 4096)))
    // 60 levels of escaping are taken off, as ftfy does; 5,000 are not.
    let nested = "&" + String(repeating: "amp;", count: 60)
    #expect(Self.tokenizer(nested + "#100;og") == dog)
    #expect(Self.tokenizer("&" + String(repeating: "amp;", count: 5_000)).count == 77)
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
