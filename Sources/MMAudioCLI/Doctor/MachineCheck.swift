import Foundation
import MMAudio
import MMAudioKernels

/// Processors, memory and disk.
enum MachineCheck {
  static var findings: [Finding] {
    [processor(unused: VectorUnits.unused), threads, memory(AvailableMemory.byteCount)]
      + [(".", "disk here"), (NSTemporaryDirectory(), "disk for temp")].map { path, subject in
        disk(path, subject, free: DiskSpace.free(at: path))
      }
  }

  static func processor(unused: String?) -> Finding {
    guard let unused else {
      return Finding(state: .ok, subject: "processor", text: Machine.description)
    }
    return Finding(
      state: .warning, subject: "processor",
      text: "\(Machine.description); it has \(unused), build with Scripts/build.sh to use it")
  }

  private static var threads: Finding {
    let processors = ProcessInfo.processInfo.processorCount
    let given = ThreadCount.available
    return Finding(
      state: .ok, subject: "threads",
      text: given < processors
        ? "\(given), as cpuset and CPU quota give of \(processors) processors"
        : "\(given), one for each processor")
  }

  /// The published models need up to four gigabytes, less than one with `--low-memory`.
  static func memory(_ byteCount: Int?) -> Finding {
    guard let byteCount else {
      return Finding(state: .ok, subject: "memory", text: "the system does not tell what is free")
    }
    let free = "\(Models.size(byteCount)) are free"
    let (state, advice): (Finding.State, String) =
      switch byteCount {
      case 4_500_000_000...: (.ok, "")
      case 1_000_000_000...: (.warning, "; pass --low-memory with the large models")
      case 300_000_000...: (.warning, "; use nano_16k, or close other programs")
      default: (.bad, ", too little for any model; close other programs")
      }
    return Finding(state: state, subject: "memory", text: free + advice)
  }

  /// Room where outputs and copies of pipes go.
  static func disk(_ path: String, _ subject: String, free: Int?) -> Finding {
    guard let free else {
      return Finding(
        state: .bad, subject: subject, text: "'\(path)' cannot be used; choose another folder")
    }
    let text = "\(Models.size(free)) free"
    return free >= 1_000_000_000
      ? Finding(state: .ok, subject: subject, text: text)
      : Finding(state: .warning, subject: subject, text: text + "; make room before a long video")
  }
}
