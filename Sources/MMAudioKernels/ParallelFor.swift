import Dispatch
import Foundation

/// Number of threads that `parallelFor` uses: the processors this process may run on.
public let threadCount = max(1, ProcessInfo.processInfo.activeProcessorCount)

/// Calls `body(index)` once for every index in `0..<count`, on all cores, and returns when all have.
///
/// This is the only place that starts threads. Calls must not write the same memory.
public func parallelFor(_ count: Int, _ body: (Int) -> Void) {
  guard count > 1, threadCount > 1 else {
    for index in 0..<count { body(index) }
    return
  }
  withoutActuallyEscaping(body) { escapable in
    // Safe: concurrentPerform returns only when every call has, so nothing outlives `body`.
    nonisolated(unsafe) let body = escapable
    DispatchQueue.concurrentPerform(iterations: count) { body($0) }
  }
}
