import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

@Suite struct SyntheticWeightsTests {
  /// SHA-256 of the data of each model file, made from the parity kit's own checkpoints, which
  /// Python and `torch.save` wrote.
  static let digests = [
    "clip_image": "dde6e32960d0", "clip_text": "03ee8669336d",
    "flow_large_44k_v2": "91a576925add", "flow_medium_44k": "379cc8f339cd",
    "flow_small_16k": "4cc757ba43e2", "flow_small_44k": "379cc8f339cd",
    "synchformer": "f64e0217b8e6", "vae_16k": "b11560cfee05", "vae_44k": "b668f5e82c46",
    "vae_encoder_16k": "2cebc92c22ed", "vae_encoder_44k": "7bfea6540188",
    "vocoder_16k": "3769e156dd97", "vocoder_44k": "c0ba59aa8c40",
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
