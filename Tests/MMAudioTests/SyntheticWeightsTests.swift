import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

@Suite struct SyntheticWeightsTests {
  /// SHA-256 of the data of each model file, made from the parity kit's own checkpoints, which
  /// Python and `torch.save` wrote.
  static let digests = [
    "clip_image": "99923756a5b3", "clip_text": "7a2d39f8cd10",
    "flow_large_44k_v2": "fd10a183235f", "flow_medium_44k": "8e1f78d804a0",
    "flow_small_16k": "6eef4a2305a6", "flow_small_44k": "8e1f78d804a0",
    "synchformer": "7e2ba42ed469", "vae_16k": "b382fd3e77b3", "vae_44k": "fb10c01bd934",
    "vae_encoder_16k": "f5bd80b61113", "vae_encoder_44k": "74778cbe7782",
    "vocoder_16k": "c29d48f5c5bd", "vocoder_44k": "82eea17f061d",
  ]

  @Test("tiny models equal those converted from PyTorch's files, bit for bit")
  func models() throws {
    let folder = try SyntheticWeights.sharedModels()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(names) == Set(Self.digests.keys.map { "\($0).safetensors" }))
    for (name, digest) in Self.digests {
      let bytes = try Data(contentsOf: folder.appendingPathComponent("\(name).safetensors"))
      let length = Int(bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
      var hash = SHA256()
      bytes.dropFirst(8 + length).withUnsafeBytes { hash.update($0) }
      #expect(hash.hexadecimal.prefix(12) == digest, "\(name)")
    }
  }

  @Test("synthetic values follow synth.py")
  func values() {
    // python3 -c "import synth; print(synth.tensor('a.weight', (2, 2), 1))"
    let weight = SyntheticWeights.tensor("a.weight", [2, 2], seed: 1)
    #expect(
      weight.values == [
        0.6090314984321594, 0.597248375415802, 1.1624927520751953, -0.7124609351158142,
      ])
    #expect(
      SyntheticWeights.tensor("x.bias", [2], seed: 7).values == [
        0.04823124036192894, 0.041120775043964386,
      ])
  }
}
