import Foundation
import MMAudioKernels

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Brings one file from a server to the disk, whatever happens on the way.
struct Download {
  /// How many bytes are here, of how many if the server said so.
  typealias Progress = (_ done: Int, _ total: Int?) -> Void

  let url: URL
  let target: URL
  /// Seconds before the second try; every further wait is twice as long.
  var firstWait = 1.0

  private static let tries = 6

  /// Downloads the file, and renames it when `check` has nothing against it.
  ///
  /// - Parameters:
  ///   - check: throws if the file is a wrong one
  ///   - progress: called for every piece
  /// - Throws: `.unreachable`, `.refused`, `.output`, or what `check` throws; all but the last leave
  ///   what there is for the next call
  func run(
    check: (URL) throws(DownloadError) -> Void, progress: Progress
  ) throws(DownloadError) {
    let part = try PartialFile(target)
    // Bytes of an earlier process may have been lost with the power; then a fresh start is fair.
    var isFresh = part.count == 0
    while true {
      try fetch(into: part, progress)
      try part.flush()
      do throws(DownloadError) {
        try check(URL(fileURLWithPath: target.path + ".part"))
        return try part.commit()
      } catch {
        guard case .wrongChecksum = error, !isFresh else {
          part.discard()
          throw error
        }
        try part.restart(.init())
        isFresh = true
      }
    }
  }

  private func fetch(into part: PartialFile, _ progress: Progress) throws(DownloadError) {
    var furthest = part.count
    var failures = 0
    while !part.isComplete {
      let reason = try attempt(part, progress)
      guard let reason else { return }
      // A server that starts over every time makes no progress.
      if part.count > furthest { failures = 0 }
      furthest = max(furthest, part.count)
      failures += 1
      guard failures < Self.tries else {
        throw .unreachable(url: url.absoluteString, reason: reason, tries: failures)
      }
      Thread.sleep(forTimeInterval: firstWait * Double(1 << (failures - 1)))
    }
  }

  /// Asks once for what is missing; returns why it is worth to ask again, or nothing when complete.
  private func attempt(
    _ part: PartialFile, _ progress: Progress
  ) throws(DownloadError) -> String? {
    var request = URLRequest(url: url, timeoutInterval: 60)
    // What is resumed must be the bytes of the file, not of a compressed one.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    if part.count > 0, let etag = part.version.etag {
      request.setValue("bytes=\(part.count)-", forHTTPHeaderField: "Range")
      request.setValue(etag, forHTTPHeaderField: "If-Range")
    }
    var problem: String? = "no answer"
    try HTTPTransfer.run(request) { event throws(DownloadError) in
      switch event {
      case .response(let response):
        problem = try begin(part, response)
        return problem == nil
      case .data(let data):
        try part.append(data)
        progress(part.count, part.version.length)
        return true
      case .failure(let reason):
        problem = reason
        return false
      case .end:
        if let length = part.version.length, part.count != length {
          problem = "\(part.count) of \(length) bytes came"
        }
        return false
      }
    }
    return problem
  }

  /// Prepares for the body of an answer; returns why it is of no use.
  private func begin(
    _ part: PartialFile, _ response: HTTPURLResponse
  ) throws(DownloadError) -> String? {
    let etag = response.value(forHTTPHeaderField: "ETag").flatMap { $0.hasPrefix("\"") ? $0 : nil }
    switch response.statusCode {
    case 200:
      let length = response.value(forHTTPHeaderField: "Content-Length").flatMap { Int($0) }
      try part.restart(.init(etag: etag, length: length))
      return nil
    case 206:
      let expected = "bytes \(part.count)-"
      let range = response.value(forHTTPHeaderField: "Content-Range") ?? ""
      let total = range.split(separator: "/").last.flatMap { Int($0) }
      if range.hasPrefix(expected), total == part.version.length, etag == part.version.etag {
        return nil
      }
      try part.restart(.init())
      return "the file changed on the server"
    case 416:
      try part.restart(.init())
      return "the file changed on the server"
    case 408, 429, 500...: return "status \(response.statusCode)"
    default: throw .refused(url: url.absoluteString, status: response.statusCode)
    }
  }
}
