import Foundation
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// `Download` against servers that behave and that do not.
@Suite struct DownloadTests {
  private let scratch: ScratchFolder
  /// They begin as zip files do.
  private let bytes =
    [0x50, 0x4B, 3, 4] + (4..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }

  init() throws { scratch = try ScratchFolder() }

  /// Downloads `file`, compares it with `expected`, and returns what the server was asked for.
  @discardableResult
  private func download(
    expecting expected: [UInt8]? = nil,
    _ answer: @escaping @Sendable (LocalServer.Request, Int) -> LocalServer.Answer
  ) throws -> [LocalServer.Request] {
    let server = try LocalServer(answer)
    let expected = expected ?? bytes
    let target = scratch.file("file")
    var download = Download(
      url: server.url.appendingPathComponent("file"), target: target)
    download.sleep = { _ in }
    _ = try download.run { _ in }
    #expect([UInt8](try Data(contentsOf: target)) == expected)
    #expect(try names == ["file"])
    return server.requests
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted() }
  }

  @Test("a good server is asked once")
  func good() throws {
    let bytes = bytes
    let requests = try download { request, _ in .file(bytes, etag: "a", for: request) }
    #expect(requests == [.init(name: "file")])
  }

  @Test("a server that drops connections is asked for the rest")
  func drops() throws {
    let bytes = bytes
    let requests = try download { request, _ in
      .file(bytes, etag: "a", for: request).cut(after: 40_000)
    }
    #expect(requests.count == 8)
    #expect(requests.dropFirst().allSatisfy { $0.ifRange == "\"a\"" })
    #expect(requests.last?.start == 280_000)
  }

  @Test("a server that ignores ranges begins again")
  func ignoresRange() throws {
    let bytes = bytes
    let requests = try download { request, count in
      let answer = LocalServer.Answer.file(bytes, etag: "a", for: .init(name: "file"))
      return count == 0 ? answer.cut(after: 100_000) : answer
    }
    #expect(requests.map(\.start) == [nil, 100_000])
  }

  @Test("the rest is asked for behind a redirection too, as the authors' servers have them")
  func redirection() throws {
    let bytes = bytes
    let requests = try download { request, _ in
      request.name == "file"
        ? .init(["HTTP/1.1 302 Found", "Location: /elsewhere", "Content-Length: 0"])
        : .file(bytes, etag: "a", for: request).cut(after: 200_000)
    }
    #expect(requests.map(\.name) == ["file", "elsewhere", "file", "elsewhere"])
    #expect(requests.map(\.start) == [nil, nil, 200_000, 200_000])
  }

  @Test("without an ETag nothing is pieced together")
  func noETag() throws {
    let bytes = bytes
    let requests = try download { _, count in
      let answer = LocalServer.Answer(
        ["HTTP/1.1 200 OK", "Content-Length: \(bytes.count)"], body: bytes)
      return count == 0 ? answer.cut(after: 100_000) : answer
    }
    #expect(requests.map(\.start) == [nil, nil])
  }

  @Test("a file that changes midway is taken whole from its new version", arguments: [true, false])
  func changes(heedsIfRange: Bool) throws {
    let (old, new) = (bytes, bytes + bytes)
    try download(expecting: new) { request, count in
      if count == 0 { return .file(old, etag: "old", for: request).cut(after: 100_000) }
      var request = request
      // A careless server sends a part of the new file behind the old one's.
      if !heedsIfRange, request.start != nil { request.ifRange = "\"new\"" }
      return .file(new, etag: "new", for: request)
    }
  }

  @Test("a promise of more bytes than there are is not believed for ever")
  func tooLong() throws {
    let bytes = bytes
    let error = #expect(throws: DownloadError.self) {
      try download { _, _ in
        .init(
          ["HTTP/1.1 200 OK", "ETag: \"a\"", "Content-Length: \(bytes.count + 1)"], body: bytes)
      }
    }
    guard case .unreachable(_, _, tries: 6) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("a server in trouble is asked again, one that lacks the file is not")
  func statuses() throws {
    let bytes = bytes
    let requests = try download { request, count in
      count < 2 ? .status("500 Broken") : .file(bytes, etag: "a", for: request)
    }
    #expect(requests.count == 3)
    let error = #expect(throws: DownloadError.self) {
      try download { _, _ in .status("404 Not Found") }
    }
    guard case .refused(_, status: 404) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
