internal import CMachine

/// What the kernels run on.
public enum Machine {
  /// Vector units that the Swift code was compiled for.
  public static var vectorUnits: String {
    switch mmaudio_vector_lanes() {
    case 16: "AVX-512"
    case 8: "AVX2"
    default: "baseline"
    }
  }

  /// Gives memory that tensors have left back to the system, which is otherwise kept for others.
  public static func releaseFreedMemory() { MemoryPool.releaseFree() }

  /// Everything about the machine that speed depends on, as one line.
  public static var description: String {
    "Swift code for \(vectorUnits), OpenBLAS for \(BLASCore.name), "
      + "\(threadCount) thread\(threadCount == 1 ? "" : "s")"
  }
}
