import Testing

@testable import MMAudioKernels

@Suite struct BLASCoreTests {
  private let wide: Set<Substring> = [
    "sse2", "avx2", "fma", "avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl",
  ]

  @Test("a fallback is replaced by the widest kernels the processor runs")
  func replacements() {
    #expect(BLASCore.replacement(for: "Prescott", processorFlags: wide) == "SkylakeX")
    #expect(BLASCore.replacement(for: "Core2", processorFlags: ["avx2", "fma"]) == "Haswell")
    #expect(
      BLASCore.replacement(for: "Prescott", processorFlags: ["avx2", "fma", "avx512f"])
        == "Haswell")
  }

  @Test("a choice that suits the processor stays")
  func suitable() {
    for core in ["Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids", "armv8"] {
      #expect(BLASCore.replacement(for: core, processorFlags: wide) == nil)
    }
    #expect(BLASCore.replacement(for: "Prescott", processorFlags: ["sse3"]) == nil)
    #expect(BLASCore.replacement(for: "Prescott", processorFlags: []) == nil)
  }
}
