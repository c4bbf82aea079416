import Foundation
import MMAudio
import MMAudioTestSupport
import Testing

@Suite struct SoundRecordTests {
  private var request: GenerationRequest {
    var request = GenerationRequest()
    request.prompt = "\"rain\" \u{7F}é🌧\n"
    request.negativePrompt = "music"
    request.seconds = 2.5
    request.guidance = 0.1
    request.seed = .max - 1
    request.takes = 3
    request.maskVideo = true
    return request
  }

  private func record(_ request: GenerationRequest) -> SoundRecord {
    SoundRecord(
      version: "1.2.3", variant: .nano, models: ["vae_16k.safetensors": "00ff"], video: nil,
      request: request, output: OutputSettings(format: "wav"))
  }

  @Test("a record reads what it wrote, which is one line of ASCII")
  func roundTrip() throws {
    let written = record(request.take(1))
    #expect(written.json.allSatisfy { $0.isASCII && !$0.isNewline })
    let read = try SoundRecord(metadata: ["title": "x", "comment": written.json], path: "a.wav")
    #expect(read == written)
    #expect(read?.request.seed == .max)
    #expect(read?.request.takes == 1)
    #expect(read?.request.prompt == request.prompt)
  }

  @Test("the names in it are those of the options")
  func names() {
    #expect(
      record(GenerationRequest()).json == """
        {"bit_depth":"16","cfg":4.5,"format":"wav","mask_video":false,"mmaudio":"1.2.3","models":{"vae_16k.safetensors":"00ff"},\
        "negative_prompt":"","overlap":2,"prompt":"","seed":42,"steps":25,"variant":"nano_16k",\
        "window":8}
        """)
  }

  @Test("the video counts by its name and its bytes, not by where it lies")
  func video() throws {
    let scratch = try ScratchFolder()
    let url = try scratch.write(Array("abc".utf8), to: "clip.mp4")
    let input = try SoundRecord.Input(path: url.path)
    #expect(input.name == "clip.mp4")
    #expect(
      input.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test("other text is no record, and a record that lacks something says whose it is")
  func others() throws {
    for text in ["", "{}", "{\"mmaudio\":1}", "[1]", "rain", "{\"mmaudio\":"] {
      #expect(try SoundRecord(metadata: ["comment": text], path: "a.wav") == nil)
    }
    #expect(throws: RecordError.otherVersion(path: "a.wav", version: "9")) {
      try SoundRecord(metadata: ["comment": "{\"mmaudio\":\"9\"}"], path: "a.wav")
    }
    #expect(
      "\(RecordError.otherVersion(path: "a.wav", version: "9"))"
        == "what 'a.wav' says of its making is incomplete, it was written by mmaudio 9; use that version"
    )
    #expect(
      "\(RecordError.none(path: "a.au"))"
        == "'a.au' does not say how it was made, expected a file that mmaudio wrote; give another one, "
        + "not au or w64, which have no place for it")
  }
}
