import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// Model files whose tensors no network has: an error, where kernels would trap.
@Suite struct NetworkShapeTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// A model file in which one tensor has another shape.
  private func weights(
    _ model: ModelFile, _ tensor: String, _ change: ([Int]) -> [Int]
  ) throws -> WeightScope {
    let source = try model.open(in: ModelFolder(path: SyntheticWeights.sharedModels().path))
    let tensors = try source.names.map { name in
      let shape = try source.shape(of: name)
      return (name, name == tensor ? Tensor.zeros(change(shape)) : try source.tensor(name))
    }
    let url = scratch.file(model.name)
    try SyntheticWeights.write(tensors, to: url)
    return WeightScope(try SafetensorsFile(url))
  }

  private func problem(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing"
    } catch {
      let name = scratch.url.path + "/"
      return "\(error)".replacingOccurrences(of: name, with: "")
    }
  }

  @Test(
    "a convolution with an even number of taps, and one with none",
    arguments: [
      (4, "has shape [32, 32, 4], expected an odd number of taps"), (0, "is empty"),
    ])
  func taps(count: Int, text: String) throws {
    let name = "decoder.up.0.block.1.conv1.weight"
    let weights = try weights(.vaeDecoder(.rate16k), name) { [$0[0], $0[1], count] }
    #expect(
      problem { _ = try VAEDecoder(weights, rate: .rate16k) }
        == "'vae_16k.safetensors' is damaged: tensor '\(name)' \(text); download or convert it again"
    )
  }

  @Test("an upsampling that is no whole number of samples")
  func upsampling() throws {
    let weights = try weights(.vocoder(.rate16k), "ups.0.0.weight") { [$0[0] - 96, $0[1], 2] }
    #expect(
      problem { _ = try BigVGAN(weights, rate: .rate16k) }
        == "'vocoder_16k.safetensors' is damaged: tensor 'ups.0.0.weight' has shape [288, 192, 2], "
        + "expected an even multiple of 96 outputs; download or convert it again")
  }

  @Test("upsampling to another rate")
  func rate() throws {
    let weights = try weights(.vocoder(.rate16k), "ups.0.0.weight") { [6 * $0[0], $0[1], 2] }
    #expect(
      problem { _ = try BigVGAN(weights, rate: .rate16k) }
        == "'vocoder_16k.safetensors' is damaged: tensor 'ups.0.0.weight' makes 24 samples of a mel "
        + "frame, expected 256; download or convert it again")
  }

  @Test("a vocoder without stages")
  func stages() throws {
    let source = try ModelFile.vocoder(.rate16k).open(
      in: ModelFolder(path: SyntheticWeights.sharedModels().path))
    let tensors = try source.names.filter { !$0.hasPrefix("ups.") }.map {
      ($0, try source.tensor($0))
    }
    let url = scratch.file("vocoder_16k.safetensors")
    try SyntheticWeights.write(tensors, to: url)
    let weights = WeightScope(try SafetensorsFile(url))
    #expect(
      problem { _ = try BigVGAN(weights, rate: .rate16k) }
        == "'vocoder_16k.safetensors' has no tensor 'ups.0.0.weight'; download or convert it again")
  }

  @Test("a vocabulary without the end token")
  func vocabulary() throws {
    let weights = try weights(.clipText, "token_embedding.weight") { [65, $0[1]] }
    #expect(
      problem { _ = try CLIPTextEncoder(weights) }
        == "tensor 'token_embedding.weight' in 'clip_text.safetensors' has shape [65, 128], expected "
        + "[49408, 128]; download or convert it again")
  }

  @Test("two halves of a gate that see different tokens")
  func gate() throws {
    let name = "joint_blocks.0.clip_block.ffn.w3.weight"
    let weights = try weights(.flow(ModelVariant.published[0]), name) { [$0[0], $0[1], 1] }
    #expect(
      problem { _ = try FlowNetwork(weights) }
        == "tensor '\(name)' in 'flow_small_16k.safetensors' has shape [512, 128, 1], expected "
        + "[512, 128, 3]; download or convert it again")
  }

  @Test("patches of another depth than segments have")
  func patchDepth() throws {
    let name = "vfeat_extractor.patch_embed_3d.proj.weight"
    let weights = try weights(.synchformer, name) { [$0[0], 3, 4, $0[3], $0[4]] }
    #expect(
      problem { _ = try Synchformer(weights) }
        == "tensor '\(name)' in 'synchformer.safetensors' has shape [128, 3, 4, 16, 16], expected "
        + "[128, 3, 2, 16, 16]; download or convert it again")
  }
}
