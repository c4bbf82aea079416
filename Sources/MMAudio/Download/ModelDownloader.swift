import Foundation
import MMAudioMedia

/// Downloads published files and converts them, so that a variant can be used.
public struct ModelDownloader: Sendable {
  /// What it does at the moment.
  public enum Step: Sendable {
    /// So many bytes of a file are here, of how many if that is known.
    case downloading(PublishedFile, done: Int, total: Int?)
    /// A model file is written.
    case converted(PublishedFile, name: String, byteCount: Int)
  }

  /// Where the model files go.
  public var folder: ModelFolder
  /// How to store weights; what is there already stays as it is unless this says otherwise.
  public var storage: CheckpointConverter.Storage?
  /// The folder of a server that has the published files, in place of the authors' own.
  public var mirror: URL?
  /// Whether only files that are here already are used.
  public var isOffline = false
  /// Whether the published files stay after their conversion.
  public var keepsSources = false
  /// Seconds before a failed download is tried again; every further wait is twice as long.
  public var firstWait = 1.0
  /// Bytes that may still be written where a folder is.
  var freeSpace: @Sendable (String) -> Int? = { DiskSpace.free(at: $0) }
  /// Which files a variant needs.
  var published: @Sendable (ModelVariant) -> [PublishedFile] = { PublishedFile.files(for: $0) }

  /// A downloader for the models in `folder`.
  public init(folder: ModelFolder) { self.folder = folder }

  /// The folder that published files are downloaded to.
  public var downloads: URL { folder.url.appendingPathComponent("downloads") }

  /// The published files that must be converted for `variants` to be complete.
  ///
  /// - Parameter variants: published ones
  /// - Returns: every file once
  /// - Throws: `.shipped` for the variant that nobody can download
  public func missing(_ variants: [ModelVariant]) throws(DownloadError) -> [PublishedFile] {
    if variants.contains(.nano) { throw .shipped(.nano) }
    var files: [PublishedFile] = []
    for file in variants.flatMap(published)
    where !files.contains(file) && !isInstalled(file) {
      files.append(file)
    }
    return files
  }

  /// Downloads, checks and converts files, one after the other.
  ///
  /// - Parameters:
  ///   - files: what ``missing(_:)`` returned
  ///   - report: called for every step
  /// - Throws: any `DownloadError`; what was done before stays
  public func pull(
    _ files: [PublishedFile], report: (Step) -> Void = { _ in }
  ) throws(DownloadError) {
    let lock = try FolderLock(folder)
    defer { withExtendedLifetime(lock) {} }
    // Another process may have done it while this one waited.
    let files = files.filter { !isInstalled($0) }
    let folder = downloads.path
    try DownloadError.rethrowing { () throws(OutputError) in try makeOutputFolder(path: folder) }
    TemporaryFiles.removeLeftovers(in: folder)
    TemporaryFiles.removeLeftovers(in: self.folder.url.path)
    if isOffline {
      let absent = files.map(\.name).filter { !exists($0) }
      guard absent.isEmpty else { throw .offline(folder: folder, missing: absent) }
    }
    try requireSpace(for: files)
    for file in files { try install(file, report) }
    if !keepsSources { rmdir(folder) }
  }

  /// Throws if the disk has no room for what is to come, which takes a while to come.
  private func requireSpace(for files: [PublishedFile]) throws(DownloadError) {
    let downloads = files.map { exists($0.name) ? 0 : $0.byteCount }
    let converted = files.map { (storage ?? .f32) == .f32 ? $0.byteCount : $0.byteCount / 2 }
    // Each published file goes before the next one comes, unless they are kept.
    let needed =
      converted.reduce(0, +)
      + (keepsSources ? downloads.reduce(0, +) : downloads.max() ?? 0)
    guard let free = freeSpace(folder.url.path), free < needed else { return }
    throw .noSpace(folder: folder.url.path, needed: needed, free: free)
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: downloads.appendingPathComponent(name).path)
  }

  private func isInstalled(_ file: PublishedFile) -> Bool {
    file.models.allSatisfy { model in
      guard let header = try? model.open(in: folder) else { return false }
      guard let storage else { return true }
      return header.metadata["dtype"] == storage.rawValue
    }
  }

  private func install(
    _ file: PublishedFile, _ report: (Step) -> Void
  ) throws(DownloadError) {
    let source = downloads.appendingPathComponent(file.name)
    if exists(file.name) { PartialFile.forget(source) }
    var record = try DownloadRecord(in: folder)
    let known = record.downloads[file.name]
    record.downloads[file.name] = try obtain(file, source, known: known, report)
    try record.write(in: folder)
    try requireNetworks(file, source)
    var written: [String] = []
    let converter = CheckpointConverter(
      into: folder.url, storage: storage ?? .f32, variant: file.variant, replaces: true)
    try DownloadError.rethrowing { () throws(WeightError) in
      try converter.convert([source]) { outcome in
        guard case .written(let byteCount) = outcome.result else { return }
        written.append(outcome.file.lastPathComponent)
        report(.converted(file, name: outcome.file.lastPathComponent, byteCount: byteCount))
      }
    }
    for name in written {
      record.models[name] = try digest(folder.url.appendingPathComponent(name))
    }
    try record.write(in: folder)
    if !keepsSources { unlink(source.path) }
  }

  /// Makes sure that the published file is at `source`, and returns its SHA-256.
  private func obtain(
    _ file: PublishedFile, _ source: URL, known: String?, _ report: (Step) -> Void
  ) throws(DownloadError) -> String {
    if exists(file.name) {
      do throws(DownloadError) {
        return try check(file, source, source, known: known)
      } catch {
        guard case .wrongChecksum = error, !isOffline else { throw error }
      }
    }
    let base = mirror ?? URL(string: file.folder)
    guard let url = base?.appendingPathComponent(file.name) else { throw .badAddress(file.folder) }
    var digest = ""
    try Download(url: url, target: source, firstWait: firstWait).run { part throws(DownloadError) in
      digest = try check(file, part, source, known: known)
    } progress: { done, total in
      report(.downloading(file, done: done, total: total))
    }
    return digest
  }

  /// Compares with the published MD5, or else with what was downloaded first; returns the SHA-256.
  private func check(
    _ file: PublishedFile, _ url: URL, _ name: URL, known: String?
  ) throws(DownloadError) -> String {
    let digests = try DownloadError.rethrowing { () throws(WeightError) in try FileDigests(url) }
    if let md5 = file.md5, md5 != digests.md5 {
      throw .wrongChecksum(path: name.path, expected: md5, found: digests.md5)
    }
    if file.md5 == nil, let known, known != digests.sha256 {
      throw .wrongChecksum(path: name.path, expected: known, found: digests.sha256)
    }
    return digests.sha256
  }

  private func requireNetworks(_ file: PublishedFile, _ source: URL) throws(DownloadError) {
    let plan = try DownloadError.rethrowing { () throws(WeightError) in
      try ConversionPlan(source, variant: file.variant ?? .standard)
    }
    let found = plan.outputs.map(\.file)
    guard found.map(\.name).sorted() == file.models.map(\.name).sorted() else {
      throw .wrongNetwork(path: source.path, found: found, expected: file.models)
    }
  }

  private func digest(_ url: URL) throws(DownloadError) -> String {
    try DownloadError.rethrowing { () throws(WeightError) in try InputFile(url).sha256() }
  }
}

extension PublishedFile {
  /// The variant of a flow network.
  fileprivate var variant: ModelVariant? {
    ModelVariant.published.first { models == [.flow($0)] }
  }
}
