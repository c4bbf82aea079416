import Testing

@testable import MMAudio

/// What tells the variants apart.
@Suite struct FlowSizeTests {
  @Test("every variant is known by its own sizes", arguments: ModelVariant.all)
  func exact(variant: ModelVariant) {
    let size = FlowSize(variant)
    #expect(size.candidates == [variant])
    for other in ModelVariant.all {
      #expect((size.conflict(with: other) == nil) == (other == variant), "\(other.name)")
    }
  }

  @Test("published sizes are never taken for another variant of the same rate and design")
  func conflict() {
    #expect(
      FlowSize(.published[2]).conflict(with: .published[3])
        == "it has 4 + 8 blocks of 896 channels, expected 7 + 14 of 896")
  }
}
