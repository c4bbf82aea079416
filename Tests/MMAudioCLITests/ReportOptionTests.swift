import Foundation
import Testing

/// `--report`: the page beside the sound.
@Suite struct ReportOptionTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  @Test("the page has the takes, the settings and the times, and asks for nothing outside")
  func page() throws {
    _ = try place.scratch.write(greyVideo(frames: 30), to: "clip.y4m")
    let outcome = try place.generate([
      "clip.y4m", "--prompt", "steps & \"more\"", "--takes", "2", "--report", "page.html",
    ])
    #expect(outcome.output == "clip.1.wav\nclip.2.wav\n")
    #expect(outcome.errors.contains("the report is 'page.html'\n"))
    let page = try String(contentsOf: place.scratch.file("page.html"), encoding: .utf8)
    for text in [
      "steps &amp; &quot;more&quot;", "clip.1.wav", "clip.2.wav", "small_16k", "sampling",
      "clip.y4m",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("src=\"http"))
    #expect(!page.contains(place.scratch.url.path))
  }

  @Test("a page that cannot be written is said before any work")
  func mistakes() throws {
    func refusal(_ arguments: [String]) throws -> Outcome {
      try place.generate(["--prompt", "rain"] + arguments)
    }
    #expect(
      try refusal(["-o", "a.wav", "--report", "a.wav"])
        == .failure(
          64,
          "'a.wav' is to be the sound and the report, expected two files; choose another name with --report"
        ))
    _ = try place.scratch.write([1], to: "page.html")
    #expect(
      try refusal(["--report", "page.html"])
        == .failure(
          73,
          "'page.html' exists already; pass --force to replace it, or another name with --report"))
    #expect(try place.names == ["page.html"])
  }
}
