import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

@Suite struct WeightScopeTests {
  private let scratch: ScratchFolder
  private let file: SafetensorsFile

  init() throws {
    scratch = try ScratchFolder()
    let one = Tensor([1], [1])
    let url = scratch.file("a.safetensors")
    try SyntheticWeights.write(
      [
        ("blocks.0.linear.weight", Tensor([1, 2], [3, 4])), ("blocks.0.linear.bias", one),
        ("blocks.1.linear.bias", one), ("blocks.3.linear.bias", one), ("blocks2.x", one),
        ("head.10.x", one),
      ], to: url)
    file = try SafetensorsFile(url)
  }

  @Test("scopes prefix names, and errors give the full name")
  func scopes() throws {
    let weights = WeightScope(file).scope("blocks").scope("0")
    #expect(try weights.scope("linear").tensor("weight", [1, 2]).values == [3, 4])
    #expect(try weights.shape("linear.bias") == [1])
    #expect(weights.contains("linear.bias"))
    #expect(!weights.contains("bias"))
    #expect(
      throws: WeightError.shape(
        path: file.path, tensor: "blocks.0.linear.weight", expected: [2, 1], found: [1, 2])
    ) { try weights.tensor("linear.weight", [2, 1]) }
    #expect(throws: WeightError.missing(path: file.path, tensor: "blocks.0.gain")) {
      try weights.tensor("gain", [1])
    }
    #expect(throws: WeightError.missing(path: file.path, tensor: "blocks.0.gain")) {
      try weights.shape("gain")
    }
  }

  @Test("children are counted up to the first gap")
  func counts() {
    let weights = WeightScope(file)
    #expect(weights.count(of: "blocks") == 2)
    #expect(weights.count(of: "head") == 0)
    #expect(weights.count(of: "nothing") == 0)
    #expect(weights.scope("blocks").count(of: "0") == 0)
  }

  @Test("names nobody asked for are reported, whichever scope asked")
  func leftOver() throws {
    _ = try WeightScope(file).scope("blocks").tensor("0.linear.bias", [1])
    _ = try WeightScope(file).tensor("head.10.x", [1])
    let unused = [
      "blocks.0.linear.weight", "blocks.1.linear.bias", "blocks.3.linear.bias", "blocks2.x",
    ]
    #expect(throws: WeightError.leftOver(path: file.path, tensors: unused)) {
      try WeightScope(file).requireAllUsed()
    }
    for name in unused { _ = try WeightScope(file).tensor(name, try file.shape(of: name)) }
    try WeightScope(file).requireAllUsed()
  }

  @Test("a missing model file says how to get it")
  func modelFile() throws {
    #expect(
      throws: WeightError.modelFilesMissing(
        folder: scratch.url.path, files: [.vaeDecoder(.rate44k)], variant: .standard)
    ) { try ModelFile.vaeDecoder(.rate44k).open(in: ModelFolder(path: scratch.url.path)) }
  }
}
