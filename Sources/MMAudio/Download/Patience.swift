/// Why asking for a file did not bring all of it.
enum Setback: Equatable {
  /// The connection or the server failed, for a reason in words.
  case lost(String)
  /// The server wants to be asked later, in so many seconds if it says so.
  case busy(status: Int, seconds: Double?)
  /// Something else came.
  case foreign(String)

  /// In words.
  var reason: String {
    switch self {
    case .lost(let reason): reason
    case .busy(let status, _): "the server is busy (status \(status))"
    case .foreign(let found): "the server sent \(found) instead of the file"
    }
  }
}

/// How often and how long a download waits for a server that brings nothing new.
struct Patience {
  /// Seconds before the second try; every further wait is twice as long.
  let firstWait: Double
  private var losses = 0
  private var strangers = 0
  private var refusals = 0
  private var waited = 0.0

  private static let tries = 6
  /// Seconds that a busy server is waited for in all.
  private static let longest = 600.0
  /// Seconds between two tries if a busy server does not say.
  private static let longestStep = 60.0

  /// A patience that is not tried yet.
  init(firstWait: Double) { self.firstWait = firstWait }

  /// Takes note that something new came.
  mutating func renew() { self = Patience(firstWait: firstWait) }

  /// Seconds to wait before the next try.
  ///
  /// - Throws: `.unreachable`, `.busy` or `.wrongContent` when there should be none
  mutating func wait(after setback: Setback, at url: String) throws(DownloadError) -> Double {
    switch setback {
    case .lost(let reason):
      losses += 1
      guard losses < Self.tries else {
        throw .unreachable(url: url, reason: reason, tries: losses)
      }
      return wait(after: losses)
    case .foreign(let found):
      strangers += 1
      guard strangers < 2 else {
        throw .wrongContent(url: url, found: "\(found) instead of the file")
      }
      return firstWait
    case .busy(let status, let asked):
      refusals += 1
      let seconds = max(asked ?? 0, min(Self.longestStep, wait(after: refusals)))
      guard waited + seconds <= Self.longest else {
        throw .busy(
          url: url, status: status, waited: Int(waited), asked: asked.map { Int(min($0, 1e9)) })
      }
      waited += seconds
      return seconds
    }
  }

  private func wait(after failures: Int) -> Double {
    firstWait * Double(1 << min(failures - 1, 30))
  }
}
