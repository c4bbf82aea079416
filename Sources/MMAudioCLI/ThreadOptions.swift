import ArgumentParser
import MMAudioKernels

/// `--threads`, for every command that computes.
struct ThreadOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Threads to use; default: the processors that cpuset and CPU quota give.")
  var threads: Int?

  func validate() throws {
    guard let threads, !ThreadCount.allowed.contains(threads) else { return }
    throw ValidationError(
      "--threads is \(threads), expected \(ThreadCount.allowed.lowerBound) to "
        + "\(ThreadCount.allowed.upperBound); leave it out to use what there is")
  }

  /// Takes effect; to be called before any work.
  func apply() {
    if let threads { ThreadCount.override(threads) }
  }
}
