import Foundation

/// What the kernels run on.
public enum Machine {
  /// Vector units that the Swift code was compiled for.
  public static var vectorUnits: String { VectorUnits.compiled.name }

  /// The kernel's list of what the first processor can do; empty where there is none.
  static var processorFlags: Set<Substring> {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else {
      return []
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix("flags") }
    return Set(line?.split(whereSeparator: { " \t:".contains($0) }) ?? [])
  }

  /// Gives memory that tensors have left back to the system, which is otherwise kept for others.
  public static func releaseFreedMemory() { MemoryPool.releaseFree() }

  /// Everything about the machine that speed depends on, as one line.
  public static var description: String {
    "Swift code for \(vectorUnits), OpenBLAS for \(BLASCore.name), "
      + "\(threadCount) thread\(threadCount == 1 ? "" : "s")"
  }
}
