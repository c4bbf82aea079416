import Foundation
import MMAudioMedia

/// What plays a take in the page: the video if browsers do, else the sound.
struct Player {
  /// An element, and words about what is missing.
  let html: String

  /// - Parameters:
  ///   - take: what to play
  ///   - room: bytes that may still be embedded; what is embedded is subtracted
  /// - Throws: `MediaError` if the video cannot be read, `AudioError` if the sound cannot be encoded
  init(_ take: ReportPage.Take, room: inout Int) throws {
    var notes = ""
    if let path = take.video {
      switch try Self.video(path, room: room) {
      case .playable(let bytes, let mediaType):
        room -= bytes.count
        html = """
          <video controls playsinline preload="auto" src="\(bytes.address(mediaType))"></video>
          """
        return
      case .missing(let reason):
        let name = path.lastPathPart.readable
        notes = Self.note("The video is not played here, since \(reason); open \(name) instead.")
      }
    }
    let bytes = try AudioWriter(path: "\(take.name).flac", sampleRate: take.sampleRate)
      .encode(take.samples)
    guard bytes.count <= room else {
      html = notes + Self.note("The sound is not played here, since \(Self.tooLarge).")
      return
    }
    room -= bytes.count
    html =
      notes + "<audio controls preload=\"auto\" src=\"\(bytes.address("audio/flac"))\"></audio>"
  }

  private enum Video {
    case playable(bytes: Data, mediaType: String)
    case missing(reason: String)
  }

  private static func video(_ path: String, room: Int) throws -> Video {
    switch try BrowserVideo(path: path) {
    case .unplayable(let reason): return .missing(reason: "\(reason), which not all browsers play")
    case .playable(let mediaType):
      if let size = fileSize(path), size > room { return .missing(reason: tooLarge) }
      guard let bytes = fileContents(path) else {
        throw MediaError.unreadable(path: path, reason: "its bytes cannot be had")
      }
      return .playable(bytes: bytes, mediaType: mediaType)
    }
  }

  private static let tooLarge = "it is too large for this page"

  private static func note(_ text: String) -> String { "<p class=\"note\">\(text.escaped)</p>\n" }
}
