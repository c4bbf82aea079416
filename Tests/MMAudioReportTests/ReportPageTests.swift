import Foundation
import MMAudio
import MMAudioMedia
import MMAudioTestSupport
import Testing

@testable import MMAudioReport

@Suite struct ReportPageTests {
  private let clip: String

  init() throws {
    clip = try #require(ModelFolder.shipped(), "no Models/nano").url
      .appendingPathComponent("sample.mp4").path
  }

  private func page(
    title: String = "A hammer", video: String? = nil, source: String? = nil, takes: Int = 1,
    seconds: Int = 3
  ) -> ReportPage {
    let strikes = OnsetTests.strikes(sampleRate: 16_000)
    let samples = (0..<seconds * 16_000).map { strikes[$0 % strikes.count] }
    return ReportPage(
      title: title,
      takes: (1...takes).map {
        .init(name: "out.\($0).wav", samples: samples, sampleRate: 16_000, video: video)
      },
      settings: [("Prompt", title), ("Seed", "42")],
      timings: [("reading video", 0.5), ("sampling", 1.25)], source: source)
  }

  @Test("text is shown as it is, whatever it holds")
  func escaped() throws {
    #expect(
      "a<script>&\"it's\"\u{0}\u{85}\n🎵 מוזיקה".escaped
        == "a&lt;script&gt;&amp;&quot;it&#39;s&quot;\u{FFFD}\u{FFFD}\n🎵 מוזיקה")
    let html = try page(title: "</title><script>alert('x')</script>", seconds: 1).html()
    let shown = "&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"
    #expect(html.contains("<title>\(shown)</title>"))
    #expect(html.contains("<h1 dir=\"auto\">\(shown)</h1>"))
    #expect(html.contains("<dt>Prompt</dt><dd dir=\"auto\">\(shown)</dd>"))
    #expect(html.matches(of: /<script>/).count == 1)
  }

  @Test("a page needs nothing but itself")
  func selfContained() throws {
    let html = try page(video: clip, source: clip, seconds: 1).html()
    for address in html.matches(of: /(?:src|href)="([^"]{0,40})/) {
      #expect(address.1.hasPrefix("data:"), "\(address.1)")
    }
    for word in ["http:", "https:", "url(", "@import", "//"] {
      // Base64 has slashes.
      let words = html.replacing(/base64,[A-Za-z0-9+\/=]*/, with: "")
      #expect(!words.contains(word), "\(word)")
    }
  }

  @Test("the video with the sound is played, whole")
  func video() throws {
    let html = try page(video: clip, seconds: 1).html()
    let found = try #require(
      html.firstMatch(
        of: /<video controls playsinline preload="auto" src="data:video\/mp4;base64,([^"]*)"/))
    #expect(
      try Data(base64Encoded: String(found.1)) == Data(contentsOf: URL(fileURLWithPath: clip)))
    #expect(!html.contains("<audio") && !html.contains("class=\"note\""))
  }

  @Test("a sound without video is played, with the onsets marked and listed")
  func sound() throws {
    let html = try page().html()
    let found = try #require(
      html.firstMatch(of: /<audio controls preload="auto" src="data:audio\/flac;base64,([^"]*)"/))
    #expect(Data(base64Encoded: String(found.1))?.prefix(4) == Data("fLaC".utf8))
    #expect(!html.contains("class=\"lane frames\""))
    #expect(html.contains("<p class=\"what\">Waveform and spectrogram over the same seconds;"))
    #expect(html.contains("3.00 s · 16 kHz · mono · peak −3.0 dB · 4 onsets"))
    #expect(html.matches(of: /<i class="onset"/).count == 4)
    #expect(html.contains("<button type=\"button\" data-time=\"0.247\">0.25</button>"))
  }

  @Test("frames stand above the sound, each with its time")
  func frames() throws {
    let times = try page(source: clip).html().matches(of: /alt="Frame at ([0-9.]+) s"/)
      .map { String($0.1) }
    #expect(
      times == [
        "0.15", "0.45", "0.75", "1.05", "1.35", "1.65", "1.95", "2.25", "2.55", "2.85",
      ])
    // The clip ends at 8 s; its last picture is held.
    let thumbnails = try Thumbnails(video: clip, seconds: 16)
    #expect(thumbnails.pictures.count == 10)
    #expect(thumbnails.pictures[9] == thumbnails.pictures[5])
    #expect(thumbnails.pictures[2] != thumbnails.pictures[1])
  }

  @Test("a video that browsers do not play is replaced by its sound, for a reason")
  func unplayable() throws {
    let scratch = try ScratchFolder()
    let copy = scratch.file("out.mkv")
    try FileManager.default.copyItem(atPath: clip, toPath: copy.path)
    let html = try page(video: copy.path, seconds: 1).html()
    #expect(
      html.contains(
        "<p class=\"note\">The video is not played here, since it is a .mkv file, which not all "
          + "browsers play; open out.mkv instead.</p>"))
    #expect(html.contains("<audio") && !html.contains("<video"))
  }

  @Test("what is too large is left out, which the page says")
  func tooLarge() throws {
    var page = page(video: clip, takes: 2, seconds: 1)
    let size = try Data(contentsOf: URL(fileURLWithPath: clip)).count
    page.room = size + 10
    let html = try page.html()
    #expect(html.matches(of: /<video/).count == 1)
    #expect(
      html.contains("The video is not played here, since it is too large for this page; open"))
    #expect(html.contains("The sound is not played here, since it is too large for this page."))
  }

  @Test("pictures of a long sound hardly take more than those of a short one")
  func bounded() throws {
    func withoutSound(_ html: String) -> Int {
      html.utf8.count - (html.firstMatch(of: /<audio[^>]*>/)?.0.utf8.count ?? 0)
    }
    let (medium, long) = (try page(seconds: 10).html(), try page(seconds: 40).html())
    #expect(withoutSound(medium) < 500_000)
    #expect(withoutSound(long) < 5 * withoutSound(medium) / 4)
    // Nor are there more onsets in figures than anybody reads.
    #expect(long.contains(/5[0-9] onsets, where something strikes<\/p>/))
  }

  @Test("settings and times are in their order, with the sum")
  func tables() throws {
    let html = try page(seconds: 1).html()
    #expect(
      html.contains(
        "<dl>\n<dt>Prompt</dt><dd dir=\"auto\">A hammer</dd>\n"
          + "<dt>Seed</dt><dd dir=\"auto\">42</dd>\n</dl>"))
    #expect(
      html.contains(
        "<th scope=\"row\">reading video</th><td class=\"bar\"><i style=\"width:40.000%\"></i></td>"
          + "<td>0.50 s</td>"))
    #expect(html.contains("<th scope=\"row\">in all</th><td></td><td>1.75 s</td>"))
  }

  @Test("the file appears complete or not at all")
  func written() throws {
    let scratch = try ScratchFolder()
    try page(seconds: 1).write(to: scratch.file("out.html").path)
    let html = try String(contentsOf: scratch.file("out.html"), encoding: .utf8)
    #expect(html.hasPrefix("<!DOCTYPE html>") && html.hasSuffix("</html>\n"))
    let missing = "/no/such/clip.mp4"
    #expect(throws: MediaError.missing(path: missing)) {
      try page(source: missing).write(to: scratch.file("other.html").path)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["out.html"])
  }
}
