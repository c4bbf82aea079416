internal import CMachine
import Foundation
import Synchronization

/// Threads that help with one piece of work after another.
///
/// Work comes every few hundred microseconds and is done in as many, while waking a sleeping thread
/// takes some fifty: so helpers that have nothing to do look for work for a while before they sleep.
final class WorkerPool: Sendable {
  /// The one pool of the process.
  static let shared = WorkerPool()

  /// The latest work, its number and how many helpers it wants and has, as one value.
  private struct State {
    /// Counts up with every piece of work, so that nobody helps twice with one.
    var number: UInt32
    /// Helpers that may still join.
    var places: UInt16
    /// Helpers that have joined and not yet left.
    var helpers: UInt16

    init(number: UInt32, places: UInt16, helpers: UInt16) {
      (self.number, self.places, self.helpers) = (number, places, helpers)
    }

    init(_ bits: UInt64) {
      number = UInt32(truncatingIfNeeded: bits >> 32)
      places = UInt16(truncatingIfNeeded: bits >> 16)
      helpers = UInt16(truncatingIfNeeded: bits)
    }

    var bits: UInt64 { UInt64(number) << 32 | UInt64(places) << 16 | UInt64(helpers) }
  }

  private let state = Atomic<UInt64>(0)
  /// Whether nobody's work is under way.
  private let isFree = Atomic(true)
  /// Helpers that sleep, or are about to.
  private let sleeping = Atomic(0)
  private let alarm = DispatchSemaphore(value: 0)
  // Safe to share: both change only while `isFree` is false, `work` only while no helper has joined.
  private nonisolated(unsafe) var work: (() -> Void)?
  private nonisolated(unsafe) var threads = 0

  /// How often a helper looks for work before it sleeps, and the owner of work for its end before it
  /// lets others run: a fifth of a millisecond.
  private static let patience = 4000

  /// Calls `work` on this thread and at most `helpers` others at once, and returns when all have.
  ///
  /// Work within work, and of a second thread meanwhile, is done without helpers.
  func run(helpers: Int, _ work: () -> Void) {
    guard isFree.compareExchange(expected: true, desired: false, ordering: .acquiring).exchanged
    else { return work() }
    defer { isFree.store(true, ordering: .releasing) }
    withoutActuallyEscaping(work) { work in
      self.work = work
      start(helpers)
      open(places: helpers)
      work()
      close()
      self.work = nil
    }
  }

  /// Starts threads until there are `count`.
  private func start(_ count: Int) {
    while threads < count {
      threads += 1
      Thread.detachNewThread { self.help() }
    }
  }

  /// Lets helpers join.
  private func open(places: Int) {
    change { $0 = State(number: $0.number &+ 1, places: UInt16(clamping: places), helpers: 0) }
    for _ in 0..<sleeping.exchange(0, ordering: .sequentiallyConsistent) { alarm.signal() }
  }

  /// Lets no more helpers join, and waits for those at work.
  private func close() {
    change { $0.places = 0 }
    var looks = 0
    while State(state.load(ordering: .acquiring)).helpers > 0 {
      looks += 1
      // A helper may be waiting for this processor.
      if looks < Self.patience { mmaudio_pause() } else { sched_yield() }
    }
  }

  private func change(_ body: (inout State) -> Void) {
    var bits = state.load(ordering: .relaxed)
    while true {
      var next = State(bits)
      body(&next)
      let (exchanged, original) = state.compareExchange(
        expected: bits, desired: next.bits, ordering: .sequentiallyConsistent)
      if exchanged { return }
      bits = original
    }
  }

  /// A helper's life.
  private func help() {
    var last: UInt32 = 0
    var looks = 0
    while true {
      if join(after: &last) {
        perform()
        change { $0.helpers -= 1 }
        looks = 0
      } else if looks < Self.patience {
        looks += 1
        mmaudio_pause()
      } else {
        sleep(after: last)
        looks = 0
      }
    }
  }

  /// A function of its own, so that nothing holds the work when it is over.
  @inline(never)
  private func perform() { work?() }

  /// Joins work that is not the `last` that was helped with, if there is any.
  private func join(after last: inout UInt32) -> Bool {
    let bits = state.load(ordering: .acquiring)
    var next = State(bits)
    guard next.number != last, next.places > 0 else { return false }
    next.places -= 1
    next.helpers += 1
    guard
      state.compareExchange(expected: bits, desired: next.bits, ordering: .acquiring).exchanged
    else { return false }
    last = next.number
    return true
  }

  /// Waits for work to be opened, unless it has been already.
  private func sleep(after last: UInt32) {
    sleeping.add(1, ordering: .sequentiallyConsistent)
    let state = State(state.load(ordering: .sequentiallyConsistent))
    // Whoever takes the count to zero signals: a sleeper that stays awake leaves a signal behind, which
    // lets one wake up in vain later.
    if state.number == last || state.places == 0 { alarm.wait() }
  }
}
