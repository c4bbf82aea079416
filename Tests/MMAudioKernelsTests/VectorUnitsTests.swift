import Testing

@testable import MMAudioKernels

@Suite struct VectorUnitsTests {
  private let modern: Set<Substring> = [
    "sse2", "avx2", "fma", "bmi1", "bmi2", "f16c", "movbe", "abm",
  ]
  private let wide: Set<Substring> = ["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"]
  private let installed: Set<String> = ["/b/mmaudio.x86-64-v3", "/b/mmaudio.x86-64-v4"]

  private func twin(
    _ compiled: VectorUnits, _ flags: Set<Substring>, among files: Set<String>
  ) -> String? {
    VectorUnits.twin(of: "/b/mmaudio", compiled, processorFlags: flags) { files.contains($0) }
  }

  @Test("a portable program hands over to the best twin that the processor runs")
  func best() {
    #expect(twin(.baseline, modern.union(wide), among: installed) == "/b/mmaudio.x86-64-v4")
    #expect(twin(.baseline, modern, among: installed) == "/b/mmaudio.x86-64-v3")
    #expect(twin(.avx2, modern.union(wide), among: installed) == "/b/mmaudio.x86-64-v4")
    #expect(
      twin(.baseline, modern.union(wide), among: ["/b/mmaudio.x86-64-v3"])
        == "/b/mmaudio.x86-64-v3")
  }

  @Test("it does the work itself without a twin, or on a processor without their units")
  func none() {
    #expect(twin(.baseline, modern.union(wide), among: []) == nil)
    #expect(twin(.baseline, ["sse2"], among: installed) == nil)
    #expect(twin(.baseline, modern.subtracting(["fma"]), among: installed) == nil)
    #expect(twin(.avx512, modern.union(wide), among: installed) == nil)
  }
}
