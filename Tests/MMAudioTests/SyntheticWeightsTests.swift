import Foundation
import MMAudioKernels
import Testing

@testable import MMAudio

@Suite struct SyntheticWeightsTests {
  @Test("all tiny models convert, one file per network and variant")
  func models() throws {
    let folder = try SyntheticWeights.sharedModels()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(
      names
        == [
          "clip_image", "clip_text", "flow_large_44k_v2", "flow_medium_44k", "flow_small_16k",
          "flow_small_44k", "synchformer", "vae_16k", "vae_44k", "vae_encoder_16k",
          "vae_encoder_44k", "vocoder_16k", "vocoder_44k",
        ].map { "\($0).safetensors" })
  }
}
