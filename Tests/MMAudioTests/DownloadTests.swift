import Foundation
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// `Download` against servers that behave and that do not.
@Suite struct DownloadTests {
  private let scratch: ScratchFolder
  private let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }

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
    let download = Download(
      url: server.url.appendingPathComponent("file"), target: target, firstWait: 0.001)
    try download.run { url throws(DownloadError) in
      let found = [UInt8]((try? Data(contentsOf: url)) ?? Data())
      guard found == expected else {
        throw .wrongChecksum(path: target.path, expected: "good", found: "bad")
      }
    } progress: { _, _ in
    }
    #expect([UInt8](try Data(contentsOf: target)) == expected)
    #expect(try names == ["file"])
    return server.requests
  }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted() }
  }

  private var wrong: DownloadError {
    .wrongChecksum(path: scratch.file("file").path, expected: "good", found: "bad")
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
    let (old, new) = (bytes, Array(bytes.reversed()))
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

  @Test("a promise of fewer bytes gives a file that is refused")
  func tooShort() throws {
    let bytes = bytes
    #expect(throws: wrong) {
      try download { _, _ in
        .init(["HTTP/1.1 200 OK", "Content-Length: 1000"], body: bytes)
      }
    }
    #expect(try names == [])
  }

  @Test("wrong bytes are refused and not kept")
  func wrongBytes() throws {
    #expect(throws: wrong) {
      try download { request, _ in .file([1, 2, 3], etag: "a", for: request) }
    }
    #expect(try names == [])
  }

  @Test("bytes that an earlier run left damaged are fetched again")
  func damagedPart() throws {
    let bytes = bytes
    _ = try scratch.write([UInt8](repeating: 0, count: 1000), to: "file.part")
    _ = try scratch.write(Array(#"{"etag":"\"a\"","length":300000}"#.utf8), to: "file.part.json")
    let requests = try download { request, _ in .file(bytes, etag: "a", for: request) }
    #expect(requests.map(\.start) == [1000, nil])
  }

  @Test("a busy server is asked again, one that lacks the file is not")
  func statuses() throws {
    let bytes = bytes
    let requests = try download { request, count in
      count < 2
        ? .init(["HTTP/1.1 503 Busy", "Content-Length: 0"]) : .file(bytes, etag: "a", for: request)
    }
    #expect(requests.count == 3)
    let error = #expect(throws: DownloadError.self) {
      try download { _, _ in .init(["HTTP/1.1 404 Not Found", "Content-Length: 0"]) }
    }
    guard case .refused(_, status: 404) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
