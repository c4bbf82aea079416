import Foundation
import Synchronization

/// Number of threads that `parallelFor` uses at most.
public var threadCount: Int { ThreadCount.current }

/// How many threads this process should use: as many as it is given processors, unless told.
///
/// Processors are limited by the cpuset (`sched_getaffinity`) and by the CPU quota of the control
/// group or of one that it is in; threads beyond a quota would stand still for most of each period.
public enum ThreadCount {
  /// Counts that may be asked for.
  public static let allowed = 1...1024

  /// What this process is given, at least 1.
  public static let available: Int = {
    limit(processors: ProcessInfo.processInfo.processorCount) {
      try? String(contentsOfFile: $0, encoding: .utf8)
    }
  }()

  /// 0 for what is available.
  private static let chosen = Atomic(0)

  static var current: Int {
    let count = chosen.load(ordering: .relaxed)
    return count > 0 ? count : available
  }

  /// Uses `count` threads from now on, for a user who knows better; call it before work begins.
  ///
  /// More than there are processors are no faster.
  public static func override(_ count: Int) {
    precondition(allowed.contains(count), "ThreadCount: \(count) threads, not in \(allowed)")
    chosen.store(count, ordering: .relaxed)
  }

  /// The lesser of the processors in the cpuset and the smallest quota of the control groups.
  ///
  /// - Parameters:
  ///   - processors: of the machine, for systems that do not tell the cpuset
  ///   - read: text of a file, nil if there is none
  /// - Returns: at least 1
  static func limit(processors: Int, read: (String) -> String?) -> Int {
    let allowed = read("/proc/self/status").flatMap(processorsInCPUSet) ?? processors
    let quotas = quotaFolders(read("/proc/self/cgroup") ?? "").compactMap { folder -> Int? in
      if let text = read("\(folder)/cpu.max") { return quota(text) }
      guard let quota = read("\(folder)/cpu.cfs_quota_us"),
        let period = read("\(folder)/cpu.cfs_period_us")
      else { return nil }
      return self.quota("\(quota) \(period)")
    }
    return max(1, min(allowed, quotas.min() ?? allowed))
  }

  /// Processors that the scheduler may run this process on; nil if the text does not say.
  ///
  /// - Parameter status: text of `/proc/self/status`, whose line `Cpus_allowed: ff,ffffffff` is what
  ///   `sched_getaffinity` gives, without its limit of 1024 processors
  /// - Returns: the bits that are set
  static func processorsInCPUSet(_ status: String) -> Int? {
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
    let count = line?.drop { $0 != ":" }.compactMap(\.hexDigitValue)
      .reduce(0) { $0 + $1.nonzeroBitCount }
    return count == 0 ? nil : count
  }

  /// Processors that a quota pays for, rounded up.
  ///
  /// - Parameter text: microseconds of processor time and of the period that they are for, as in
  ///   version 2's `cpu.max`; `max` or -1 in place of the first is no limit
  /// - Returns: nil if there is no limit
  static func quota(_ text: String) -> Int? {
    let fields = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
    guard fields.count == 2, let time = fields[0], let period = fields[1], time > 0, period > 0
    else { return nil }
    return time / period + (time % period == 0 ? 0 : 1)
  }

  /// Folders that may hold quotas of this process.
  ///
  /// Its lines are `id:controllers:path`, without controllers in version 2. Every group on the path
  /// may have a quota. In a container the path may be that outside it, where only the root is there.
  ///
  /// - Parameter text: text of `/proc/self/cgroup`
  /// - Returns: outermost first
  static func quotaFolders(_ text: String) -> [String] {
    text.split(separator: "\n").flatMap { line -> [String] in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      let root: String
      if fields[1].isEmpty {
        root = "/sys/fs/cgroup"
      } else if fields[1].split(separator: ",").contains("cpu") {
        root = "/sys/fs/cgroup/\(fields[1])"
      } else {
        return []
      }
      return fields[2].split(separator: "/").reduce(into: [root]) { folders, name in
        folders.append("\(folders[folders.count - 1])/\(name)")
      }
    }
  }
}
