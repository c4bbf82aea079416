import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Brings one file from a server to the disk, whatever happens on the way.
struct Download {
  /// What happens on the way.
  enum Event {
    /// So many bytes are here, of how many if the server said so.
    case bytes(done: Int, total: Int?)
    /// Nothing is done for a while, for a reason in words.
    case waiting(reason: String, seconds: Double)
  }

  let url: URL
  let target: URL
  /// Seconds before the second try; every further wait is twice as long.
  var firstWait = 1.0
  /// Lets seconds pass.
  var sleep: @Sendable (Double) -> Void = { Thread.sleep(forTimeInterval: $0) }

  /// Downloads the file, and gives it its name when as many bytes are here as the server promised.
  ///
  /// - Parameter report: called for every piece and every wait
  /// - Returns: whether no byte is from an earlier call, whose bytes may have been lost with the power
  /// - Throws: `.unreachable`, `.refused`, `.busy`, `.wrongContent` or `.output`; what there is stays
  ///   for the next call
  func run(report: (Event) -> Void) throws(DownloadError) -> Bool {
    let part = try PartialFile(target)
    do throws(DownloadError) {
      try fetch(into: part, report)
    } catch {
      if part.count == 0 { part.discard() }
      throw error
    }
    try part.flush()
    try part.commit()
    return part.isFresh
  }

  private func fetch(
    into part: PartialFile, _ report: (Event) -> Void
  ) throws(DownloadError) {
    var furthest = part.count
    var patience = Patience(firstWait: firstWait)
    while !part.isComplete {
      guard let setback = try attempt(part, report) else { return }
      // A server that starts over every time makes no progress.
      if part.count > furthest { patience.renew() }
      furthest = max(furthest, part.count)
      let seconds = try patience.wait(after: setback, at: url.absoluteString)
      report(.waiting(reason: setback.reason, seconds: seconds))
      sleep(seconds)
    }
  }

  /// Asks once for what is missing; returns why it is worth to ask again, or nothing when complete.
  private func attempt(
    _ part: PartialFile, _ report: (Event) -> Void
  ) throws(DownloadError) -> Setback? {
    var request = URLRequest(url: url, timeoutInterval: 60)
    // What is resumed must be the bytes of the file, not of a compressed one.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    if part.count > 0, let etag = part.version.etag {
      request.setValue("bytes=\(part.count)-", forHTTPHeaderField: "Range")
      request.setValue(etag, forHTTPHeaderField: "If-Range")
    }
    var body = Body.none(.lost("no answer"))
    try HTTPTransfer.run(request) { event throws(DownloadError) in
      switch event {
      case .response(let response):
        body = try self.body(of: response, part)
      case .data(let data):
        body = try take(data, body, part)
        report(.bytes(done: part.count, total: part.version.length))
      case .failure(let reason):
        body = .none(.lost(reason))
      case .end:
        body = try end(body, part)
      }
      if case .none = body { return false }
      return true
    }
    guard case .none(let setback) = body else { return nil }
    return setback
  }

  /// What to do with the bytes of an answer.
  private enum Body {
    /// They, or their lack, are no use, for a reason unless the file is complete.
    case none(Setback?)
    /// They are a whole file, of which only the first bytes are known so far.
    case whole(PartialFile.Version, head: Data)
    /// They follow what is here.
    case rest
  }

  private func body(
    of response: HTTPURLResponse, _ part: PartialFile
  ) throws(DownloadError) -> Body {
    let etag = response.value(forHTTPHeaderField: "ETag").flatMap { $0.hasPrefix("\"") ? $0 : nil }
    let range = response.value(forHTTPHeaderField: "Content-Range") ?? ""
    let total = range.split(separator: "/").last.flatMap { Int($0) }
    let seconds = RetryAfter.seconds(response)
    switch response.statusCode {
    case 200:
      let length = response.value(forHTTPHeaderField: "Content-Length").flatMap { Int($0) }
      return .whole(.init(etag: etag, length: length), head: Data())
    case 206 where part.count > 0:
      // An answer without a length came before, or one of the two is silent about the version.
      let length = part.version.length ?? total
      guard (etag ?? part.version.etag) == part.version.etag, (total ?? length) == length else {
        try part.restart(.init())
        return .none(.lost("the file changed on the server"))
      }
      guard range.hasPrefix("bytes \(part.count)-") else {
        try part.restart(.init())
        return .none(.lost("another part of the file came than was asked for"))
      }
      if let length, part.version.length == nil { try part.promise(length) }
      return .rest
    case 416 where part.count > 0:
      // All was here already, only the end of an answer without a length was not.
      if part.version.length == nil, total == part.count { return .none(nil) }
      try part.restart(.init())
      return .none(.lost(total == nil ? "status 416" : "the file changed on the server"))
    case 429, 503: return .none(.busy(status: response.statusCode, seconds: seconds))
    case let status where seconds != nil: return .none(.busy(status: status, seconds: seconds))
    case 408, 500...: return .none(.lost("status \(response.statusCode)"))
    default: throw .refused(url: url.absoluteString, status: response.statusCode)
    }
  }

  /// Writes bytes down; what is here stays until those that replace it look like a checkpoint.
  private func take(
    _ data: Data, _ body: Body, _ part: PartialFile, isLast: Bool = false
  ) throws(DownloadError) -> Body {
    guard case .whole(let version, let first) = body else {
      try part.append(data)
      return body
    }
    let head = first + data
    guard isLast || head.count >= ForeignContent.headCount else {
      return .whole(version, head: head)
    }
    if let found = ForeignContent.name(head) { return .none(.foreign(found)) }
    try part.restart(version)
    try part.append(head)
    return .rest
  }

  private func end(_ body: Body, _ part: PartialFile) throws(DownloadError) -> Body {
    let body = try take(Data(), body, part, isLast: true)
    guard case .rest = body else { return body }
    guard let length = part.version.length, part.count != length else { return .none(nil) }
    return .none(.lost("\(part.count) of \(length) bytes came"))
  }
}
