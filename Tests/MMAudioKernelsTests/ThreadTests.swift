import Foundation
import Synchronization
import Testing

@testable import MMAudioKernels

@Suite struct ThreadTests {
  @Test(
    "every index is visited once", arguments: [1, 2, 3, 16], [0, 1, 2, 3, 17, 1000])
  func visits(threads: Int, count: Int) {
    let visits = Mutex([Int](repeating: 0, count: count))
    parallelFor(count, threads: threads) { index in visits.withLock { $0[index] += 1 } }
    #expect(visits.withLock { $0 } == [Int](repeating: 1, count: count))
  }

  @Test("no more threads work at once than are allowed", arguments: [1, 2, 3])
  func bound(threads: Int) {
    let state = Mutex((running: 0, most: 0))
    parallelFor(32, threads: threads) { _ in
      state.withLock {
        $0.running += 1
        $0.most = max($0.most, $0.running)
      }
      usleep(200)
      state.withLock { $0.running -= 1 }
    }
    #expect((1...threads).contains(state.withLock { $0.most }))
  }

  @Test("calls within calls finish")
  func nested() {
    let total = Mutex(0)
    parallelFor(9, threads: 3) { outer in
      parallelFor(11, threads: 3) { inner in total.withLock { $0 += 11 * outer + inner } }
    }
    #expect(total.withLock { $0 } == (0..<99).reduce(0, +))
  }

  @Test("many short pieces of work from several threads at once are all done")
  func pool() {
    let pool = WorkerPool()
    let total = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for round in 0..<2000 {
        let next = Atomic(0)
        pool.run(helpers: round % 4) {
          while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < 5 else { return }
            total.withLock { $0 += index }
          }
        }
        #expect(next.load(ordering: .relaxed) >= 5)
        // Longer than helpers stay awake, now and then.
        if round % 400 == 0 { usleep(2000) }
      }
    }
    #expect(total.withLock { $0 } == 4 * 2000 * 10)
  }

  @Test(
    "a quota counts as the processors it pays for, rounded up",
    arguments: [
      ("max 100000\n", nil), ("-1\n 100000\n", nil), ("200000 100000\n", 2),
      ("150000 100000\n", 2), ("50000 100000\n", 1), ("1 100000", 1), ("", nil),
      ("100000", nil), ("0 100000", nil), ("100000 0", nil), ("x y", nil),
      ("9223372036854775807 1", Int.max),
    ] as [(String, Int?)])
  func quotas(text: String, expected: Int?) {
    #expect(ThreadCount.quota(text) == expected)
  }

  @Test("quotas are looked for in every group on the path")
  func folders() {
    #expect(
      ThreadCount.quotaFolders("0::/user.slice/job\n") == [
        "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup/user.slice/job",
      ])
    #expect(
      ThreadCount.quotaFolders("9:cpuset:/a\n4:cpu,cpuacct:/docker/x:y\nnonsense\n") == [
        "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/docker",
        "/sys/fs/cgroup/cpu,cpuacct/docker/x:y",
      ])
  }

  @Test("the smallest of processors and quotas holds")
  func limits() {
    let root = "/sys/fs/cgroup"
    func limit(_ processors: Int, _ files: [String: String]) -> Int {
      ThreadCount.limit(processors: processors) { files[$0] }
    }
    #expect(limit(8, [:]) == 8)
    let version2 = [
      "/proc/self/cgroup": "0::/a/b\n", "\(root)/a/cpu.max": "250000 100000\n",
      "\(root)/a/b/cpu.max": "max 100000\n",
    ]
    #expect(limit(8, version2) == 3)
    #expect(limit(2, version2) == 2)
    let version1 = [
      "/proc/self/cgroup": "3:cpu,cpuacct:/outside\n",
      "\(root)/cpu,cpuacct/cpu.cfs_quota_us": "400000\n",
      "\(root)/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
    ]
    #expect(limit(8, version1) == 4)
    #expect(limit(8, ["/proc/self/status": "Name: x\nCpus_allowed:\t6\n"]) == 2)
    #expect(limit(3, version1) == 3)
    #expect(limit(0, version1) == 1)
  }

  @Test(
    "a cpuset has as many processors as bits",
    arguments: [
      ("Cpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", 2),
      ("Name:\tx\nCpus_allowed:\tff,ffffffff\n", 40), ("Cpus_allowed:\t0\n", nil), ("", nil),
    ] as [(String, Int?)])
  func cpuSets(status: String, expected: Int?) {
    #expect(ThreadCount.processorsInCPUSet(status) == expected)
  }

  @Test("this process is given a processor")
  func available() { #expect(ThreadCount.allowed.contains(ThreadCount.available)) }
}

/// What the system tells of memory.
@Suite struct AvailableMemoryTests {
  @Test("the least of what is free and what the control groups leave")
  func least() {
    func bytes(_ files: [String: String]) -> Int? { AvailableMemory.byteCount { files[$0] } }
    #expect(bytes([:]) == nil)
    let machine = ["/proc/meminfo": "MemTotal:  99 kB\nMemAvailable:    50 kB\n"]
    #expect(bytes(machine) == 51_200)
    let root = "/sys/fs/cgroup"
    let group = [
      "/proc/self/cgroup": "0::/a\n", "\(root)/memory.max": "max\n",
      "\(root)/a/memory.max": "40000\n", "\(root)/a/memory.current": "30000\n",
      "\(root)/a/memory.stat": "anon 1\ninactive_file 10000\n",
    ]
    #expect(bytes(group) == 20_000)
    #expect(bytes(machine.merging(group) { $1 }) == 20_000)
    #expect(bytes(machine.merging(["/proc/self/cgroup": "0::/\n"]) { $1 }) == 51_200)
  }

  @Test("this machine tells")
  func here() { #expect((AvailableMemory.byteCount ?? 0) > 0) }
}
