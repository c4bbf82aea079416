import Foundation
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// What a bad answer leaves behind for the next `pull`, for a file without a published MD5: nothing.
@Suite struct DownloadHealingTests {
  private let scratch: ScratchFolder
  private let folder: ModelFolder
  private let vocoder: PublishedFile
  private let good: [UInt8]

  init() throws {
    scratch = try ScratchFolder()
    folder = ModelFolder(path: scratch.file("models").path)
    let name = "bigvgan_generator.pt"
    vocoder = try #require(
      PublishedFile.files(for: .standard).first { $0.name == name && $0.md5 == nil })
    let url = scratch.file(name)
    try SyntheticWeights.write(SyntheticWeights.Spec(file: name).tensors(seed: 1), to: url)
    good = [UInt8](try Data(contentsOf: url))
  }

  private var target: URL {
    folder.url.appendingPathComponent("downloads/bigvgan_generator.pt")
  }

  private var recorded: String? {
    get throws { try DownloadRecord(in: folder).downloads[vocoder.name] }
  }

  private func digest(_ bytes: [UInt8]) throws -> String {
    try FileDigests(try scratch.write(bytes, to: "bytes")).sha256
  }

  /// Pulls the vocoder, and returns what was said meanwhile and how many requests came.
  @discardableResult
  private func pull(
    _ configure: (inout ModelDownloader) -> Void = { _ in },
    answer: @escaping @Sendable (LocalServer.Request, Int) -> LocalServer.Answer
  ) throws -> (notes: [String], requests: Int) {
    let server = try LocalServer(answer)
    var downloader = ModelDownloader(folder: folder)
    downloader.mirror = server.url
    downloader.sleep = { _ in }
    downloader.freeSpace = { _ in nil }
    configure(&downloader)
    var notes: [String] = []
    try downloader.pull([vocoder]) { step in
      switch step {
      case .startingOver(_, let reason): notes.append(reason)
      case .changed: notes.append("changed")
      default: break
      }
    }
    return (notes, server.requests.count)
  }

  private func expectFailure(
    _ found: String, _ answer: @escaping @Sendable (LocalServer.Request, Int) -> LocalServer.Answer
  ) throws {
    let error = #expect(throws: DownloadError.self) { try pull(answer: answer) }
    guard case .wrongContent(_, found) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try recorded == nil)
    #expect(!FileManager.default.fileExists(atPath: target.path))
  }

  @Test("after a page, a stream that ends early and a damaged file, a good server is believed")
  func answers() throws {
    let good = good
    var damaged = good
    damaged[20] = 0
    let bad: [(String, LocalServer.Answer)] = [
      ("an HTML page instead of the file", .page),
      (
        "only the beginning of the file",
        LocalServer.Answer.file(good, etag: "a", for: .init(name: "")).cut(after: good.count / 2)
          .unmeasured()
      ),
      ("a damaged file", .file(damaged, etag: "a", for: .init(name: ""))),
      (
        "only the beginning of the file",
        .init(["HTTP/1.1 200 OK", "Content-Length: 1000"], body: good)
      ),
    ]
    for (found, answer) in bad {
      try expectFailure(found) { _, _ in answer }
    }
    #expect(
      try pull { request, _ in .file(good, etag: "a", for: request) } == (notes: [], requests: 1))
    #expect(try recorded == digest(good))
    try InstalledModels(folder: folder).verify { #expect($1 == .good, "\($0)") }
  }

  @Test("one bad answer is followed by another try")
  func anotherTry() throws {
    let good = good
    let outcome = try pull { request, count in
      let answer = LocalServer.Answer.file(good, etag: "a", for: request)
      return count == 0 ? answer.cut(after: 1000).unmeasured() : answer
    }
    #expect(
      outcome == (notes: ["what is here is only the beginning of the file"], requests: 2))
  }

  @Test("a folder that an earlier version left with a page and its digest heals")
  func poisoned() throws {
    let good = good
    let page = LocalServer.Answer.page.body
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    for hasFile in [true, false] {
      var record = DownloadRecord()
      record.downloads[vocoder.name] = try digest(page)
      try record.write(in: folder)
      if hasFile { try Data(page).write(to: target) }
      let outcome = try pull { request, _ in .file(good, etag: "a", for: request) }
      #expect(outcome.requests == 1)
      #expect(outcome.notes == (hasFile ? ["what is here is no checkpoint"] : []))
      #expect(try recorded == digest(good))
      try FileManager.default.removeItem(
        at: folder.url.appendingPathComponent(ModelFile.vocoder(.rate44k).name))
    }
  }

  @Test("bytes that an earlier run left damaged are fetched again")
  func damagedPart() throws {
    let good = good
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(count: 1000).write(to: URL(fileURLWithPath: target.path + ".part"))
    try Data(#"{"etag":"\"a\"","length":\#(good.count)}"#.utf8)
      .write(to: URL(fileURLWithPath: target.path + ".part.json"))
    let outcome = try pull { request, _ in .file(good, etag: "a", for: request) }
    #expect(outcome == (notes: ["what is here is no checkpoint"], requests: 2))
  }

  @Test("a good file that is another one than before is taken, and that is said")
  func changed() throws {
    let good = good
    let url = scratch.file("new")
    try SyntheticWeights.write(
      SyntheticWeights.Spec(file: vocoder.name).tensors(seed: 2), to: url)
    let new = [UInt8](try Data(contentsOf: url))
    let model = folder.url.appendingPathComponent(ModelFile.vocoder(.rate44k).name)
    try pull { request, _ in .file(good, etag: "a", for: request) }
    try FileManager.default.removeItem(at: model)
    let outcome = try pull { request, _ in .file(new, etag: "b", for: request) }
    #expect(outcome == (notes: ["changed"], requests: 1))
    #expect(try recorded == digest(new))

    // What was kept and is another file now is downloaded again, and used without a network.
    for isOffline in [true, false] {
      try FileManager.default.removeItem(at: model)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(isOffline ? good : new).write(to: target)
      let outcome = try pull {
        $0.isOffline = isOffline
      } answer: { request, _ in
        .file(good, etag: "a", for: request)
      }
      #expect(
        outcome
          == (isOffline
            ? (notes: ["changed"], requests: 0)
            : (notes: ["not the file that was downloaded before"], requests: 1)))
    }
  }

  @Test("a value that no model may have is said, and the file does not stay")
  func notANumber() throws {
    var tensors = try SyntheticWeights.Spec(file: vocoder.name).tensors(seed: 1)
    let index = try #require(tensors.firstIndex { $0.name == "conv_pre.bias" })
    let shape = tensors[index].tensor.shape
    tensors[index].tensor = .init(shape, [Float](repeating: .nan, count: shape.reduce(1, *)))
    let url = scratch.file("nan")
    try SyntheticWeights.write(tensors, to: url)
    let bad = [UInt8](try Data(contentsOf: url))
    #expect(
      throws: DownloadError.weights(.nonFinite(path: target.path, tensor: "conv_pre.bias"))
    ) { try pull { request, _ in .file(bad, etag: "a", for: request) } }
    #expect(try recorded == nil)
    #expect(!FileManager.default.fileExists(atPath: target.path))
  }

  @Test("without a network a bad file is said and left where it is")
  func offline() throws {
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(LocalServer.Answer.page.body).write(to: target)
    #expect(throws: DownloadError.weights(.notACheckpoint(path: target.path))) {
      try pull {
        $0.isOffline = true
      } answer: { _, _ in
        .page
      }
    }
    #expect(FileManager.default.fileExists(atPath: target.path))
    #expect(try recorded == nil)
  }
}
