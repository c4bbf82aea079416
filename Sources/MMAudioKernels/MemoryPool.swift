import Foundation
import Synchronization

/// The memory of tensors and of their making, kept for the next that needs as much.
///
/// Tensors of megabytes come and go by the thousand; the kernel clears every page that it hands out,
/// which takes longer than most layers do. What is kept is bounded by what is in use.
enum MemoryPool {
  private struct Block {
    let start: Int
    let byteCount: Int
  }

  private struct State {
    /// Free blocks, the one free for longest first.
    var free: [Block] = []
    var freeBytes = 0
    var usedBytes = 0
  }

  private static let state = Mutex(State())

  /// Kept whatever is in use.
  private static let leastKept = 64 << 20

  /// Bytes from which on a block is mapped by itself, so that it goes back to the system whole.
  ///
  /// The allocator puts blocks side by side, where a small one that stays keeps all around it.
  private static let leastMapped = 1 << 18

  /// Uninitialised memory for so many floats, aligned to a cache line, so that vector loads never
  /// straddle two; for `free` with the same count.
  static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let byteCount = size(count)
    let (found, unwanted) = state.withLock { state in
      state.usedBytes += byteCount
      if let index = state.free.lastIndex(where: { $0.byteCount == byteCount }) {
        state.freeBytes -= byteCount
        return (state.free.remove(at: index).start, [Block]())
      }
      var unwanted: [Block] = []
      while state.freeBytes > max(leastKept, state.usedBytes) {
        unwanted.append(state.free.removeFirst())
        state.freeBytes -= unwanted[unwanted.count - 1].byteCount
      }
      return (0, unwanted)
    }
    release(unwanted)
    let memory = UnsafeMutableRawPointer(bitPattern: found) ?? block(byteCount)
    return memory.bindMemory(to: Float.self, capacity: max(1, count))
  }

  /// Takes back memory for `count` floats.
  static func free(_ memory: UnsafeMutablePointer<Float>, _ count: Int) {
    let byteCount = size(count)
    state.withLock { state in
      state.usedBytes -= byteCount
      state.freeBytes += byteCount
      state.free.append(Block(start: Int(bitPattern: memory), byteCount: byteCount))
    }
  }

  /// Gives everything that is free back to the system.
  static func releaseFree() {
    release(
      state.withLock { state in
        defer { (state.free, state.freeBytes) = ([], 0) }
        return state.free
      })
  }

  private static func block(_ byteCount: Int) -> UnsafeMutableRawPointer {
    guard byteCount >= leastMapped else { return .allocate(byteCount: byteCount, alignment: 64) }
    let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else {
      preconditionFailure("MemoryPool: no memory for \(byteCount) bytes")
    }
    return memory
  }

  private static func release(_ blocks: [Block]) {
    for block in blocks {
      let memory = UnsafeMutableRawPointer(bitPattern: block.start)
      if block.byteCount >= leastMapped {
        munmap(memory, block.byteCount)
      } else {
        memory?.deallocate()
      }
    }
  }

  /// Bytes of a block for so many floats: an eighth more at most, so that similar ones share it.
  private static func size(_ count: Int) -> Int {
    let byteCount = max(64, count * MemoryLayout<Float>.stride)
    let step = max(64, 1 << (Int.bitWidth - byteCount.leadingZeroBitCount - 4))
    return (byteCount + step - 1) / step * step
  }
}

/// Calls `body` with uninitialised memory for so many floats, which must not escape it.
func withScratch<Result>(
  _ count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> Result
) rethrows -> Result {
  let memory = MemoryPool.allocate(count)
  defer { MemoryPool.free(memory, count) }
  return try body(memory)
}
