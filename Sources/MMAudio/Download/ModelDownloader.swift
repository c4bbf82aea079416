import Foundation
import MMAudioMedia

/// Downloads published files and converts them, so that a variant can be used.
public struct ModelDownloader: Sendable {
  /// What it does at the moment.
  public enum Step: Sendable {
    /// So many bytes of a file are here, of how many if that is known.
    case downloading(PublishedFile, done: Int, total: Int?)
    /// Nothing is done for so many seconds, for a reason in words.
    case waiting(PublishedFile, reason: String, seconds: Double)
    /// What is here of a file is of no use, for a reason in words, and it is downloaded again.
    case startingOver(PublishedFile, reason: String)
    /// A good file is another one than that of the same name before.
    case changed(PublishedFile)
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
  /// Lets seconds pass.
  var sleep: @Sendable (Double) -> Void = { Thread.sleep(forTimeInterval: $0) }
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
    var record = try DownloadRecord(in: folder)
    let source = PublishedSource(file: file, downloader: self)
    let digest = try source.obtain(known: record.digest(of: file), report)
    var written: [String] = []
    let converter = CheckpointConverter(
      into: folder.url, storage: storage ?? .f32, variant: file.variant, replaces: true)
    try source.removingIfWrong { () throws(DownloadError) in
      try DownloadError.rethrowing { () throws(WeightError) in
        try converter.convert([source.url]) { outcome in
          guard case .written(let byteCount) = outcome.result else { return }
          written.append(outcome.file.lastPathComponent)
          report(.converted(file, name: outcome.file.lastPathComponent, byteCount: byteCount))
        }
      }
    }
    // Only now: what cannot be converted must not be what every later file is compared with.
    record.downloads[file.name] = digest
    for name in written {
      record.models[name] = try self.digest(folder.url.appendingPathComponent(name))
    }
    try record.write(in: folder)
    if !keepsSources { unlink(source.url.path) }
  }

  private func digest(_ url: URL) throws(DownloadError) -> String {
    try DownloadError.rethrowing { () throws(WeightError) in try InputFile(url).sha256() }
  }
}

extension PublishedFile {
  /// The variant of a flow network.
  var variant: ModelVariant? {
    ModelVariant.published.first { models == [.flow($0)] }
  }
}
