import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The header `Retry-After`, a number of seconds or a date (RFC 9110, 10.2.3).
enum RetryAfter {
  /// Seconds to wait; nil if the server does not say.
  static func seconds(_ response: HTTPURLResponse) -> Double? {
    guard let text = response.value(forHTTPHeaderField: "Retry-After") else { return nil }
    if let seconds = Int(text) { return Double(max(0, seconds)) }
    // By the server's own clock, since ours may be wrong.
    let now = response.value(forHTTPHeaderField: "Date").flatMap(date) ?? Date()
    return date(text).map { max(0, $0.timeIntervalSince(now)) }
  }

  /// A date in one of HTTP's three formats.
  private static func date(_ text: String) -> Date? {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    let formats = [
      "EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'",
      "EEE MMM d HH:mm:ss yyyy",
    ]
    for format in formats {
      formatter.dateFormat = format
      if let date = formatter.date(from: text) { return date }
    }
    return nil
  }
}
