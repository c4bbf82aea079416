import Foundation
import MMAudioMedia

/// A page that shows what was made, in one HTML file that needs no other.
///
/// Every take has a player, its waveform and spectrogram, and frames of the video above them on the
/// same axis of time, with marks where something strikes.
public struct ReportPage: Sendable {
  /// One sound.
  public struct Take: Sendable {
    /// What it is called, such as the name of its file.
    public let name: String
    /// At least one sample, in [-1, 1].
    public let samples: [Float]
    /// Samples per second.
    public let sampleRate: Int
    /// The file that has the sound with the video, if there is one.
    public let video: String?

    /// - Parameters:
    ///   - name: what it is called, such as the name of its file
    ///   - samples: at least one, in [-1, 1]
    ///   - sampleRate: samples per second
    ///   - video: path of the file that has the sound with the video, if there is one
    public init(name: String, samples: [Float], sampleRate: Int, video: String?) {
      precondition(!samples.isEmpty && sampleRate > 0, "ReportPage: no sound in '\(name)'")
      self.name = name
      self.samples = samples
      self.sampleRate = sampleRate
      self.video = video
    }

    /// Length in seconds.
    var seconds: Double { Double(samples.count) / Double(sampleRate) }
  }

  /// Most bytes of videos and sounds that a page has; those beyond are left out, which it says.
  public static let mostMedia = 64 << 20

  /// The heading, such as the prompt or the video's name.
  public let title: String
  /// What was made, all of one length, shown in this order.
  public let takes: [Take]
  /// Names and values of what was asked for, shown in this order.
  public let settings: [(name: String, value: String)]
  /// What took how many seconds, shown in this order.
  public let timings: [(name: String, seconds: Double)]
  /// The video or still image that the sound was made for, if there is one.
  public let source: String?
  /// Which of its videos that is.
  public let options: VideoOptions
  /// Most bytes of videos and sounds.
  var room = mostMedia

  /// - Parameters:
  ///   - title: the heading, such as the prompt or the video's name
  ///   - takes: at least one, all of one length
  ///   - settings: names and values of what was asked for
  ///   - timings: what took how many seconds
  ///   - source: path of the video or still image that the sound was made for, if there is one
  ///   - options: which of its videos that is
  public init(
    title: String, takes: [Take], settings: [(name: String, value: String)],
    timings: [(name: String, seconds: Double)], source: String?,
    options: VideoOptions = VideoOptions()
  ) {
    precondition(
      Set(takes.map(\.seconds)).count == 1, "ReportPage: takes of \(takes.map(\.seconds)) s")
    self.title = title
    self.takes = takes
    self.settings = settings
    self.timings = timings
    self.source = source
    self.options = options
  }

  /// Makes the page and writes it; the file appears complete or not at all.
  ///
  /// - Parameter path: where the page goes
  /// - Throws: `MediaError` if a video cannot be read, `AudioError` if a sound cannot be encoded,
  ///   `PictureError` if FFmpeg cannot write pictures, `OutputError` if the file cannot be written
  public func write(to path: String) throws {
    let page = try html()
    let file = try AtomicFile(path: path)
    try file.write(Array(page.utf8))
    try file.commit()
  }

  /// The page.
  func html() throws -> String {
    var room = room
    var html = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
      media-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
      <title>\(title.escaped)</title>
      <link rel="icon" href="data:,">
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <main>
      <h1 dir="auto">\(title.escaped)</h1>

      """
    let thumbnails = try source.map {
      try Thumbnails(video: $0, options: options, seconds: takes[0].seconds)
    }
    for take in takes {
      html += try section(take, thumbnails, room: &room)
    }
    html += """
      <div class="pair">
      \(settingsSection)\(timingsSection)</div>
      </main>
      <script>
      \(Self.script)
      </script>
      </body>
      </html>

      """
    return html
  }

  private func section(
    _ take: Take, _ thumbnails: Thumbnails?, room: inout Int
  ) throws -> String {
    let player = try Player(take, room: &room)
    let timeline = try Timeline(take, thumbnails: thumbnails)
    return """
      <section class="take">
      <h2 dir="auto">\(take.name.escaped)</h2>
      <p class="facts">\(timeline.facts)</p>
      \(player.html)
      \(timeline.html)
      </section>

      """
  }
}
