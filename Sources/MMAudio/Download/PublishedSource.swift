import Foundation

/// One published file on its way into the folder of downloads.
struct PublishedSource {
  let file: PublishedFile
  let downloader: ModelDownloader

  /// Where it is, or will be.
  var url: URL { downloader.downloads.appendingPathComponent(file.name) }

  /// Makes sure that the file is there and can be converted.
  ///
  /// What is of no use goes, so that nothing bad stays: what lay there is downloaded, and what was
  /// downloaded and cannot be read is downloaded once more.
  ///
  /// - Parameters:
  ///   - known: SHA-256 of the file as it was when it was converted before
  ///   - report: called for every step
  /// - Returns: its SHA-256
  /// - Throws: any `DownloadError`
  func obtain(
    known: String?, _ report: (ModelDownloader.Step) -> Void
  ) throws(DownloadError) -> String {
    var unreadable = 0
    while true {
      let wasHere = FileManager.default.fileExists(atPath: url.path)
      if wasHere { PartialFile.forget(url) }
      let isFresh = wasHere ? false : try download(report)
      do throws(DownloadError) {
        let digest = try removingIfWrong { () throws(DownloadError) in try check() }
        guard file.md5 == nil, let known, digest != known else { return digest }
        guard wasHere, !downloader.isOffline else {
          report(.changed(file))
          return digest
        }
        try remove()
        report(.startingOver(file, reason: "not the file that was downloaded before"))
      } catch {
        guard let fault = error.fault, !downloader.isOffline else { throw error }
        if isFresh {
          guard case .unreadable(let found) = fault else { throw error }
          unreadable += 1
          guard unreadable < 2 else {
            throw .wrongContent(url: try address.absoluteString, found: found)
          }
        }
        report(.startingOver(file, reason: fault.words))
      }
    }
  }

  /// Runs `body`, and removes the file if that fails because of what is in the file.
  ///
  /// A file that the user put there by hand stays.
  func removingIfWrong<Value>(
    _ body: () throws(DownloadError) -> Value
  ) throws(DownloadError) -> Value {
    do throws(DownloadError) {
      return try body()
    } catch {
      if error.fault != nil, !downloader.isOffline { try remove() }
      throw error
    }
  }

  private func remove() throws(DownloadError) {
    guard unlink(url.path) == 0 else {
      let reason = String(cString: strerror(errno))
      throw .output(.writeFailed(path: url.path, reason: reason))
    }
  }

  private var address: URL {
    get throws(DownloadError) {
      let base = downloader.mirror ?? URL(string: file.folder)
      guard let base else { throw .badAddress(file.folder) }
      return base.appendingPathComponent(file.name)
    }
  }

  private func download(
    _ report: (ModelDownloader.Step) -> Void
  ) throws(DownloadError) -> Bool {
    let download = Download(
      url: try address, target: url, firstWait: downloader.firstWait, sleep: downloader.sleep)
    return try download.run { event in
      switch event {
      case .bytes(let done, let total):
        report(.downloading(file, done: done, total: total))
      case .waiting(let reason, let seconds):
        report(.waiting(file, reason: reason, seconds: seconds))
      }
    }
  }

  /// Finds every tensor that the conversion needs, compares with the published MD5, and returns the
  /// SHA-256.
  private func check() throws(DownloadError) -> String {
    let plan = try DownloadError.rethrowing { () throws(WeightError) in
      try ConversionPlan(url, variant: file.variant ?? .standard)
    }
    let found = plan.outputs.map(\.file)
    guard found.map(\.name).sorted() == file.models.map(\.name).sorted() else {
      throw .wrongNetwork(path: url.path, found: found, expected: file.models)
    }
    let digests = try DownloadError.rethrowing { () throws(WeightError) in try FileDigests(url) }
    if let md5 = file.md5, md5 != digests.md5 {
      throw .wrongChecksum(path: url.path, expected: md5, found: digests.md5)
    }
    return digests.sha256
  }
}

/// What is wrong with a file that was read.
private enum Fault {
  /// It is damaged or no checkpoint at all.
  case unreadable(String)
  /// It is a checkpoint, but not the one.
  case other

  var words: String {
    switch self {
    case .unreadable(let found): "what is here is \(found)"
    case .other: "what is here is another file"
    }
  }
}

extension DownloadError {
  /// What is wrong with the file, or nothing if it is not to blame.
  fileprivate var fault: Fault? {
    switch self {
    case .wrongNetwork, .wrongChecksum: .other
    case .weights(let error):
      switch error {
      case .notACheckpoint: .unreadable("no checkpoint")
      case .truncated: .unreadable("only the beginning of the file")
      case .malformed: .unreadable("a damaged file")
      case .legacyCheckpoint, .forbiddenGlobal, .unsupportedElementType, .missing, .shape,
        .leftOver, .nonFinite, .unrecognizedNetwork, .otherSize, .otherName, .alreadyConverted,
        .wrongVariant:
        .other
      default: nil
      }
    default: nil
    }
  }
}
