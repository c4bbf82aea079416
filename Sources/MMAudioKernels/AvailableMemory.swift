import Foundation

/// How much memory this process can use without pushing others out.
public enum AvailableMemory {
  /// Bytes now: what the machine has free or can free, or the rest of the control group's limit if that
  /// is less; nil where the system does not tell.
  public static var byteCount: Int? {
    byteCount { try? String(contentsOfFile: $0, encoding: .utf8) }
  }

  /// The same from the text of files.
  static func byteCount(read: (String) -> String?) -> Int? {
    let free = read("/proc/meminfo").flatMap { text in
      text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        .flatMap { Int($0.split(separator: " ")[1]) }.map { $0 * 1024 }
    }
    let rests = ThreadCount.quotaFolders(read("/proc/self/cgroup") ?? "").compactMap { folder in
      // "max" is no limit, and no number either.
      number(read("\(folder)/memory.max")).map { limit in
        // Pages of files count as used, but are given back for the asking.
        let used = number(read("\(folder)/memory.current")) ?? 0
        return max(0, limit - max(0, used - cached(read("\(folder)/memory.stat"))))
      }
    }
    return ([free].compactMap(\.self) + rests).min()
  }

  private static func number(_ text: String?) -> Int? {
    text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  private static func cached(_ text: String?) -> Int {
    let line = text?.split(separator: "\n").first { $0.hasPrefix("inactive_file ") }
    return line.flatMap { Int($0.dropFirst("inactive_file ".count)) } ?? 0
  }
}
