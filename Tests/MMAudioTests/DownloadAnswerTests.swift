import Foundation
import MMAudioTestSupport
import Synchronization
import Testing

@testable import MMAudio

/// `Download` against servers that send something else, send no length, or want to be left alone.
@Suite struct DownloadAnswerTests {
  private let scratch: ScratchFolder
  /// They begin as zip files do.
  private let bytes = [0x50, 0x4B, 3, 4] + [UInt8](repeating: 7, count: 99_996)

  init() throws { scratch = try ScratchFolder() }

  /// What became of a download.
  private struct Trial {
    let address: String
    let requests: [LocalServer.Request]
    let waits: [Double]
    let reasons: [String]
    let error: DownloadError?
    /// What is under the name of the file.
    let file: [UInt8]?
  }

  private func download(
    _ answer: @escaping @Sendable (LocalServer.Request, Int) -> LocalServer.Answer
  ) throws -> Trial {
    let server = try LocalServer(answer)
    let target = scratch.file("file")
    let slept = Mutex<[Double]>([])
    var reasons: [String] = []
    var download = Download(url: server.url.appendingPathComponent("file"), target: target)
    download.sleep = { seconds in slept.withLock { $0.append(seconds) } }
    var failure: DownloadError?
    do throws(DownloadError) {
      _ = try download.run { event in
        if case .waiting(let reason, let seconds) = event { reasons.append("\(reason) \(seconds)") }
      }
    } catch {
      failure = error
    }
    return Trial(
      address: download.url.absoluteString, requests: server.requests,
      waits: slept.withLock { $0 }, reasons: reasons, error: failure,
      file: (try? Data(contentsOf: target)).map { [UInt8]($0) })
  }

  @Test("a page in place of the file is asked about once more, and what is here stays")
  func page() throws {
    let bytes = bytes
    let cut = try download { request, count in
      switch count {
      case 0: .file(bytes, etag: "a", for: request).cut(after: 60_000)
      default: .page
      }
    }
    #expect(
      cut.error
        == .wrongContent(url: cut.address, found: "an HTML page instead of the file"))
    #expect(cut.requests.map(\.start) == [nil, 60_000, 60_000])
    #expect(cut.reasons.last == "the server sent an HTML page instead of the file 1.0")
    #expect(cut.file == nil)

    let good = try download { request, count in
      count == 0 ? .page : .file(bytes, etag: "a", for: request)
    }
    #expect(good.requests.map(\.start) == [60_000, 60_000])
    #expect(good.file == bytes)
  }

  @Test(
    "what comes in place of a file is named",
    arguments: [
      ("", "nothing"), ("\r\n<HTML><body>", "an HTML page"), ("<?xml version='1.0'?>", "a page"),
      ("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
      (#"{"error":"not found"}"#, "a text"), ("\u{1F}\u{8B}", "data of another kind"),
      ("\u{1}\u{2}", "data of another kind"),
    ])
  func names(text: String, name: String) throws {
    let body = Array(text.utf8)
    let trial = try download { _, _ in
      .init(["HTTP/1.1 200 OK", "Content-Length: \(body.count)"], body: body)
    }
    #expect(
      trial.error == .wrongContent(url: trial.address, found: "\(name) instead of the file"))
    #expect(trial.requests.count == 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == [])
    #expect(ForeignContent.name(Data([0x1F, 0x8B, 8])) == "a gzip archive")
  }

  @Test("chunks that break off go on where they stopped", arguments: [true, false])
  func chunks(isResumable: Bool) throws {
    let bytes = bytes
    let trial = try download { request, count in
      var request = request
      if !isResumable { request.start = nil }
      let answer = LocalServer.Answer.file(bytes, etag: "a", for: request).chunked()
      return count == 0 ? answer.cut(after: 50_000) : answer
    }
    #expect(trial.error == nil)
    #expect(trial.file == bytes)
    #expect(trial.requests.count == 2)
    #expect(trial.requests.last?.start ?? 0 > 0)
    #expect(trial.reasons.allSatisfy { !$0.contains("changed") }, "\(trial.reasons)")
  }

  @Test("chunks of which only the end is lacking are all here")
  func lastChunk() throws {
    let bytes = bytes
    let trial = try download { request, count in
      let answer = LocalServer.Answer.file(bytes, etag: "a", for: request).chunked()
      return count == 0
        ? answer.cut(after: answer.body.count - 5)
        : .status("416 Range Not Satisfiable", "Content-Range: bytes */\(bytes.count)")
    }
    #expect(trial.error == nil)
    #expect(trial.file == bytes)
    #expect(trial.requests.map(\.start) == [nil, bytes.count])
  }

  @Test("a rest of which nobody says how much it is part of is good as well")
  func unknownTotal() throws {
    let bytes = bytes
    let trial = try download { request, count in
      var answer = LocalServer.Answer.file(bytes, etag: "a", for: request).chunked()
      answer.head = answer.head.map { $0.replacingOccurrences(of: "/\(bytes.count)", with: "/*") }
      return count == 0 ? answer.cut(after: 50_000) : answer
    }
    #expect(trial.error == nil)
    #expect(trial.file == bytes)
  }

  @Test("a busy server is waited for as long as it asks, in seconds or by its own clock")
  func retryAfter() throws {
    let bytes = bytes
    let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT"
    let answers: [LocalServer.Answer] = [
      .status("429 Too Many Requests", "Retry-After: 120"),
      .status("503 Busy", date, "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT"),
      .status("503 Busy", date, "Retry-After: Sunday, 06-Nov-94 08:50:38 GMT"),
      .status("503 Busy", date, "Retry-After: Sun Nov  6 08:50:39 1994"),
      .status("503 Busy", date, "Retry-After: Sun, 06 Nov 1994 08:49:00 GMT"),
      .status("503 Busy", "Retry-After: soon"), .status("403 Forbidden", "Retry-After: 61"),
    ]
    let trial = try download { request, count in
      count < answers.count ? answers[count] : .file(bytes, etag: "a", for: request)
    }
    #expect(trial.error == nil)
    #expect(trial.file == bytes)
    #expect(trial.waits == [120, 60, 61, 62, 16, 32, 61])
    #expect(trial.reasons.first == "the server is busy (status 429) 120.0")
  }

  @Test("the patience with a busy server ends after ten minutes, or when it asks for more")
  func impatience() throws {
    let trial = try download { _, _ in .status("503 Busy") }
    #expect(trial.waits == [1, 2, 4, 8, 16, 32] + [Double](repeating: 60, count: 8))
    #expect(trial.error == .busy(url: trial.address, status: 503, waited: 543, asked: nil))
    let long = try download { _, _ in .status("429 Too Many Requests", "Retry-After: 3600") }
    #expect(long.waits == [])
    #expect(long.error == .busy(url: long.address, status: 429, waited: 0, asked: 3600))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == [])
  }
}
