import Foundation
import MMAudioKernels

/// The most memory that this process has had resident since a moment, mapped files included.
struct PeakMemory {
  private let startsFromReset: Bool
  private let before: Int?

  /// From now on, without what earlier work has left.
  init() {
    Machine.releaseFreedMemory()
    // "5" lowers the peak to what is resident now; not every system lets a process do that.
    let file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    startsFromReset = file >= 0 && write(file, "5", 1) == 1
    if file >= 0 { close(file) }
    before = Self.peak
  }

  /// Bytes, or nil if the peak is that of an earlier moment.
  var bytes: Int? {
    guard let peak = Self.peak else { return nil }
    return startsFromReset || peak > (before ?? 0) ? peak : nil
  }

  private static var peak: Int? {
    (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)).flatMap(peak(inStatus:))
  }

  /// Bytes in the line `VmHWM: 123 kB`.
  static func peak(inStatus text: String) -> Int? {
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first
      .map { $0 * 1024 }
  }
}
