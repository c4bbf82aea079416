import Foundation
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// Downloads of whole variants, and what becomes of them, with tiny files.
@Suite struct ModelDownloaderTests {
  private let scratch: ScratchFolder
  private let variant: ModelVariant
  private let files: [String: [UInt8]]

  init() throws {
    scratch = try ScratchFolder()
    variant = try #require(ModelVariant(named: "small_16k"))
    var files: [String: [UInt8]] = [:]
    for file in PublishedFile.files(for: variant) {
      let url = scratch.file(file.name)
      try SyntheticWeights.write(SyntheticWeights.Spec(file: file.name).tensors(seed: 1), to: url)
      files[file.name] = [UInt8](try Data(contentsOf: url))
    }
    self.files = files
  }

  private var folder: ModelFolder { ModelFolder(path: scratch.file("models").path) }

  /// A server of the tiny files, some of them replaced.
  private func server(_ changes: [String: [UInt8]] = [:]) throws -> LocalServer {
    let files = files.merging(changes) { $1 }
    return try LocalServer { request, _ in
      files[request.name].map { .file($0, etag: request.name, for: request) }
        ?? .init(["HTTP/1.1 404 Not Found", "Content-Length: 0"])
    }
  }

  /// A downloader that knows the tiny files' MD5.
  private func downloader(_ server: LocalServer, checks: Bool = true) throws -> ModelDownloader {
    var sums: [String: String] = [:]
    for name in files.keys where checks { sums[name] = try FileDigests(scratch.file(name)).md5 }
    var downloader = ModelDownloader(folder: folder)
    downloader.mirror = server.url
    downloader.sleep = { _ in }
    downloader.freeSpace = { _ in nil }
    downloader.published = { [sums] variant in
      PublishedFile.files(for: variant).map { file in
        PublishedFile(
          name: file.name, folder: file.folder, byteCount: file.byteCount, md5: sums[file.name],
          licence: file.licence, models: file.models)
      }
    }
    return downloader
  }

  private func pull(_ downloader: ModelDownloader) throws {
    try downloader.pull(try downloader.missing([variant]))
  }

  @Test("a disk that has no room is found before anything is downloaded")
  func noSpace() throws {
    let server = try server()
    var downloader = try downloader(server)
    let files = try downloader.missing([variant])
    let total = files.reduce(0) { $0 + $1.byteCount }
    let largest = files.map(\.byteCount).max() ?? 0
    downloader.freeSpace = { _ in total + largest - 1 }
    #expect(
      throws: DownloadError.noSpace(
        folder: folder.url.path, needed: total + largest, free: total + largest - 1)
    ) { try downloader.pull(files) }
    #expect(server.requests == [])
    downloader.storage = .f16
    try downloader.pull(files)
  }

  @Test("a variant is downloaded once, verified, found damaged, and removed")
  func life() throws {
    let server = try server()
    let downloader = try downloader(server)
    try pull(downloader)
    #expect(server.requests.count == 5)
    let installed = InstalledModels(folder: folder)
    #expect(installed.missing(variant) == [])
    #expect(!FileManager.default.fileExists(atPath: downloader.downloads.path))
    try pull(downloader)
    #expect(server.requests.count == 5)

    var conditions: [String: InstalledModels.Condition] = [:]
    try installed.verify { conditions[$0] = $1 }
    #expect(conditions.count == 7)
    #expect(conditions.values.allSatisfy { $0 == .good })
    let damaged = folder.url.appendingPathComponent("synchformer.safetensors")
    var bytes = try Data(contentsOf: damaged)
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: damaged)
    #expect(throws: DownloadError.damaged(count: 1, folder: folder.url.path)) {
      try installed.verify { _, _ in }
    }

    try Data().write(to: folder.url.appendingPathComponent("flow_small_44k.safetensors"))
    let removable = try installed.removable([variant])
    #expect(
      removable == [
        .flow(variant), .vaeDecoder(.rate16k), .vaeEncoder(.rate16k), .vocoder(.rate16k),
      ])
    try installed.remove(removable)
    #expect(throws: DownloadError.notInstalled(variant, folder: folder.url.path)) {
      try installed.removable([variant])
    }
    #expect(try downloader.missing([variant]).count == 3)
  }

  @Test("another --dtype downloads again, the same does not")
  func storage() throws {
    let server = try server()
    var downloader = try downloader(server)
    try pull(downloader)
    downloader.storage = .f32
    #expect(try downloader.missing([variant]) == [])
    downloader.storage = .f16
    try pull(downloader)
    #expect(server.requests.count == 10)
    try InstalledModels(folder: folder).verify { #expect($1 == .good, "\($0)") }
  }

  @Test("a file with another MD5 than the published is not installed")
  func wrongChecksum() throws {
    var other = try #require(files["v1-16.pth"])
    other[other.count - 1] ^= 1
    let server = try server(["v1-16.pth": other])
    let downloader = try downloader(server)
    let path = downloader.downloads.appendingPathComponent("v1-16.pth")
    let expected = try FileDigests(scratch.file("v1-16.pth")).md5
    let found = try FileDigests(try scratch.write(other, to: "other")).md5
    #expect(
      throws: DownloadError.wrongChecksum(path: path.path, expected: expected, found: found)
    ) { try pull(downloader) }
    #expect(!FileManager.default.fileExists(atPath: path.path))
    #expect(!folder.contains(.vaeDecoder(.rate16k)))
    #expect(server.requests.map(\.name) == ["mmaudio_small_16k.pth", "v1-16.pth"])
  }

  @Test("another network under a file's name is named for what it is")
  func wrongNetwork() throws {
    let server = try server(["v1-16.pth": files["best_netG.pt"] ?? []])
    let downloader = try downloader(server, checks: false)
    let path = downloader.downloads.appendingPathComponent("v1-16.pth").path
    #expect(
      throws: DownloadError.wrongNetwork(
        path: path, found: [.vocoder(.rate16k)],
        expected: [.vaeDecoder(.rate16k), .vaeEncoder(.rate16k)])
    ) { try pull(downloader) }
    #expect(!folder.contains(.vocoder(.rate16k)))
    #expect(server.requests.map(\.name) == ["mmaudio_small_16k.pth", "v1-16.pth"])
  }

  @Test("without a network, files that are here are used and others named")
  func offline() throws {
    let server = try server()
    var downloader = try downloader(server)
    downloader.isOffline = true
    #expect(
      throws: DownloadError.offline(
        folder: downloader.downloads.path,
        missing: PublishedFile.files(for: variant).map(\.name))
    ) { try pull(downloader) }
    for name in files.keys {
      try FileManager.default.copyItem(
        at: scratch.file(name), to: downloader.downloads.appendingPathComponent(name))
    }
    downloader.keepsSources = true
    try pull(downloader)
    #expect(server.requests == [])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: downloader.downloads.path).count == 5)
  }

  @Test("the nano model is not downloaded, a broken record is said")
  func refusals() throws {
    let downloader = ModelDownloader(folder: folder)
    #expect(throws: DownloadError.shipped(.nano)) { try downloader.missing([.nano]) }
    try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
    let record = folder.url.appendingPathComponent("downloads.json")
    try Data("{".utf8).write(to: record)
    #expect(throws: DownloadError.damagedRecord(path: record.path)) {
      try InstalledModels(folder: folder).verify { _, _ in }
    }
  }

  @Test("every published variant has its five files, with the published sums")
  func table() {
    for variant in ModelVariant.published {
      let files = PublishedFile.files(for: variant)
      #expect(files.count == 5)
      #expect(files.allSatisfy { ($0.md5?.count ?? 32) == 32 })
      #expect(files.count { $0.md5 == nil } == (variant.rate == .rate16k ? 1 : 2))
    }
  }
}
