import Foundation
import MMAudioKernels
import Synchronization
import MMAudioTestSupport
import Testing

@testable import MMAudio

@Suite struct ConvertTests {
  private typealias Tensors = [(name: String, tensor: Tensor)]
  private let scratch: ScratchFolder
  private var models: URL { scratch.file("models") }

  init() throws { scratch = try ScratchFolder() }

  /// Values of a published file's tiny twin.
  private func published(_ file: String) throws -> Tensors {
    try SyntheticWeights.Spec(file: file).tensors(seed: 1)
  }

  /// Writes `tensors` as a source called `name`.
  private func source(_ tensors: Tensors, _ name: String) throws -> URL {
    try SyntheticWeights.write(tensors, to: scratch.file(name))
    return scratch.file(name)
  }

  private func convert(
    _ sources: [URL], storage: CheckpointConverter.Storage = .f32, variant: ModelVariant? = nil,
    replaces: Bool = false
  ) throws -> [CheckpointConverter.Outcome] {
    var outcomes: [CheckpointConverter.Outcome] = []
    let converter = CheckpointConverter(
      into: models, storage: storage, variant: variant, replaces: replaces)
    try converter.convert(sources) { outcomes.append($0) }
    return outcomes
  }

  /// All values of a model file; the other files of the test process are made the usual way.
  private func values(_ name: String, in folder: URL) throws -> [String: [Float]] {
    let file = try SafetensorsFile(folder.appendingPathComponent(name))
    var values: [String: [Float]] = [:]
    for name in file.names { values[name] = try tensor(name, file).values }
    return values
  }

  /// A tensor of a model file in published order.
  private func tensor(_ name: String, _ file: SafetensorsFile) throws -> Tensor {
    let tensor = try file.tensor(name)
    guard tensor.shape.count > 1, name.hasSuffix("weight") else { return tensor }
    guard name.hasPrefix("ups") else { return PublishedOrder.kernel(tensor) }
    let bias = name.replacingOccurrences(of: "weight", with: "bias")
    return PublishedOrder.transposedKernel(tensor, outputs: try file.shape(of: bias)[0])
  }

  @Test("both spellings of weight norm, and weights folded before, give the same vocoder")
  func weightNorm() throws {
    let plain = try values("vocoder_16k.safetensors", in: try SyntheticWeights.sharedModels())
    let renamed = try published("best_netG.pt").map { name, tensor in
      (
        name.replacingOccurrences(of: ".weight_g", with: ".parametrizations.weight.original0")
          .replacingOccurrences(of: ".weight_v", with: ".parametrizations.weight.original1"),
        tensor
      )
    }
    let outcomes = try convert([try source(renamed, "anything.safetensors")])
    #expect(outcomes.map(\.file.lastPathComponent) == ["vocoder_16k.safetensors"])
    #expect(try values("vocoder_16k.safetensors", in: models) == plain)

    let converted = try SafetensorsFile(
      try SyntheticWeights.sharedModels().appendingPathComponent("vocoder_16k.safetensors"))
    let folded = try converted.names.filter { $0 != "filter" }
      .map { ($0, try tensor($0, converted)) }
    _ = try convert([try source(folded, "folded.safetensors")], replaces: true)
    // These have no filters, so the computed one must equal the stored one.
    for (name, found) in try values("vocoder_16k.safetensors", in: models) {
      let expected = try #require(plain[name])
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-7 }, "\(name)")
    }
  }

  @Test("weight norm is g * v / ||v||, per output channel")
  func weightNormFormula() throws {
    let tensors = try published("best_netG.pt")
    let magnitude = try #require(tensors.first { $0.name == "ups.1.0.weight_g" }).tensor.values
    let direction = try #require(tensors.first { $0.name == "ups.1.0.weight_v" }).tensor.values
    let found = try #require(
      try values("vocoder_16k.safetensors", in: try SyntheticWeights.sharedModels())[
        "ups.1.0.weight"])
    let length = direction.count / magnitude.count
    for row in magnitude.indices {
      let range = row * length..<(row + 1) * length
      let norm = direction[range].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      for index in range {
        let expected = Double(magnitude[row]) * Double(direction[index]) / norm
        #expect(abs(Double(found[index]) - expected) <= 1e-7 * abs(expected) + 1e-12)
      }
    }
  }

  @Test("rows of a magnitude-preserving weight have length (gain + 1) / (1 + 1e-4 / rms)")
  func magnitudePreserving() throws {
    let stored = try published("v1-16.pth")
    let models = try SyntheticWeights.sharedModels()
    for (file, name, gain) in [
      ("vae_16k", "decoder.conv_in.weight", 0.0), ("vae_16k", "decoder.conv_out.weight", 0.1),
      ("vae_encoder_16k", "encoder.conv_out.weight", 0.1),
    ] {
      let before = try #require(stored.first { $0.name == name }).tensor
      let after = try #require(try values("\(file).safetensors", in: models)[name])
      let length = before.count / before.shape[0]
      for row in 0..<before.shape[0] {
        func norm(_ values: [Float]) -> Double {
          values[row * length..<(row + 1) * length]
            .reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        }
        let rms = norm(before.values) / Double(length).squareRoot()
        let expected = (gain + 1) / (1 + 1e-4 / rms)
        #expect(abs(norm(after) - expected) < 1e-5, "\(name) row \(row)")
      }
    }
  }

  @Test("metadata say what a file is and what it was made from")
  func metadata() throws {
    let url = try source(try published("v1-44.pth"), "anything.safetensors")
    _ = try convert([url])
    let digest = try InputFile(url).sha256()
    let file = try SafetensorsFile(models.appendingPathComponent("vae_encoder_44k.safetensors"))
    #expect(
      file.metadata == [
        "network": "vae_encoder", "rate": "44k", "source": "anything.safetensors",
        "source_sha256": digest, "dtype": "f32", "converter": CheckpointConverter.version,
      ])
  }

  @Test(
    "half-precision storage rounds matrices and leaves vectors alone",
    arguments: [CheckpointConverter.Storage.f16, .bf16])
  func halfPrecision(storage: CheckpointConverter.Storage) throws {
    let full = try values("vae_16k.safetensors", in: try SyntheticWeights.sharedModels())
    _ = try convert([try source(try published("v1-16.pth"), "v.safetensors")], storage: storage)
    let precision: Float = storage == .f16 ? 1 / 2048 : 1 / 256
    for (name, found) in try values("vae_16k.safetensors", in: models) {
      let expected = try #require(full[name])
      if name.hasPrefix("data_") {
        #expect(found == expected)
      } else {
        let subnormal: Float = storage == .f16 ? 3e-8 : 0
        #expect(
          zip(found, expected).allSatisfy { abs($0 - $1) <= abs($1) * precision + subnormal })
        #expect(found != expected)
      }
    }
  }

  @Test("converting again skips what is up to date and refuses to replace anything else")
  func again() throws {
    let url = try source(try published("v1-16.pth"), "v.safetensors")
    #expect(try convert([url]).count == 2)
    #expect(try convert([url]).map(\.result) == [.upToDate, .upToDate])
    let target = models.appendingPathComponent("vae_16k.safetensors")
    #expect(throws: WeightError.outputExists(path: target.path)) {
      try convert([url], storage: .f16)
    }
    try Data("mine".utf8).write(to: target)
    #expect(throws: WeightError.outputExists(path: target.path)) { try convert([url]) }
    #expect(try String(contentsOf: target, encoding: .utf8) == "mine")
    let results = try convert([url], replaces: true).map(\.result)
    #expect(results.allSatisfy { if case .written = $0 { true } else { false } })
    try FileManager.default.removeItem(at: target)
    let partly = try convert([url]).map(\.result)
    #expect(partly.last == .upToDate)
    #expect(partly.first != .upToDate)
  }

  @Test("folders are searched; what is not ours is skipped, what is damaged is not")
  func folders() throws {
    let folder = scratch.file("published")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    #expect(throws: WeightError.noCheckpoints(path: folder.path)) { try convert([folder]) }
    _ = try source([("lora.weight", Tensor([1], [1]))], "published/other.safetensors")
    _ = try source(try published("v1-16.pth"), "published/v.safetensors")
    let outcomes = try convert([folder])
    #expect(
      outcomes.map(\.source.lastPathComponent) == [
        "other.safetensors", "v.safetensors", "v.safetensors",
      ])
    #expect(outcomes.first?.result == .skipped(reason: "not a network that MMAudio uses"))
    #expect(
      throws: WeightError.alreadyConverted(
        path: outcomes[1].file.path, found: .vaeDecoder(.rate16k))
    ) {
      try convert([outcomes[1].file])
    }
    let cut = try scratch.write([0x50, 0x4B, 3, 4, 0, 0, 0, 0], to: "published/cut.pth")
    #expect(throws: WeightError.truncated(path: cut.path, part: "its zip directory")) {
      try convert([folder])
    }
  }

  @Test("the variant comes from the file name, the caller or the tensors, which it must fit")
  func variants() throws {
    let small16k = ModelVariant.published[0]
    let small = try published("mmaudio_small_16k.pth")
    let unnamed = try source(small, "weights.safetensors")
    let fitting = [ModelVariant.nano, small16k]
    for source in [unnamed, try source(small, "mmaudio_huge.safetensors")] {
      #expect(throws: WeightError.variantNeeded(path: source.path, fitting)) {
        try convert([source])
      }
    }
    #expect(
      throws: WeightError.wrongVariant(
        path: unnamed.path, variant: .published[1],
        problem: "its latents have 20 channels, expected 40", fitting: fitting)
    ) { try convert([unnamed], variant: .published[1]) }
    let second = try source(
      try published("mmaudio_large_44k_v2.pth"), "mmaudio_large_44k.safetensors")
    #expect(
      throws: WeightError.wrongVariant(
        path: second.path, variant: .published[3],
        problem: "its input projections are version 2, expected 1", fitting: [.standard])
    ) { try convert([second]) }
    let other = try source(
      [
        ("audio_input_proj.0.weight", .zeros([8, 30, 7])), ("joint_blocks.0.x", .zeros([1])),
        ("fused_blocks.0.x", .zeros([1])),
      ], "other.safetensors")
    #expect(
      throws: WeightError.otherSize(
        path: other.path, network: "flow network",
        problem: "its latents have 30 channels, expected 20 or 40")
    ) { try convert([other]) }
    let unknown = scratch.file("mmaudio_huge.safetensors")
    #expect(
      throws: WeightError.sameOutput(
        first: unnamed.path, second: unknown.path, output: "flow_small_16k.safetensors")
    ) { try convert([unnamed, unknown], variant: small16k) }
    #expect(!FileManager.default.fileExists(atPath: models.path))
  }

  @Test("a tensor too many, too few, misshapen or not finite is named, and nothing is left behind")
  func wrongTensors() throws {
    let good = try published("v1-16.pth")
    let name = "encoder.mid.attn_1.qkv.weight"
    let position = try #require(good.firstIndex { $0.name == name })
    func expect(_ error: (String) -> WeightError, _ change: (inout Tensors) -> Void) throws {
      var tensors = good
      change(&tensors)
      let url = try source(tensors, "changed.safetensors")
      #expect(throws: error(url.path)) { try convert([url]) }
    }
    try expect({ .leftOver(path: $0, tensors: ["decoder.extra"]) }) {
      $0.append(("decoder.extra", Tensor([1], [1])))
    }
    try expect({ .missing(path: $0, tensor: name) }) { $0.remove(at: position) }
    let shape = good[position].tensor.shape
    let turned = [shape[1], shape[0], 1]
    try expect({ .shape(path: $0, tensor: name, expected: shape, found: turned) }) {
      $0[position].tensor = $0[position].tensor.reshaped(turned)
    }
    for bad in [Float.nan, .infinity] {
      try expect({ .nonFinite(path: $0, tensor: name) }) {
        var values = $0[position].tensor.values
        values[values.count - 1] = bad
        $0[position].tensor = Tensor(shape, values)
      }
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: models.path)
    #expect(left == [])
    try expect({ .unrecognizedNetwork(path: $0, tensors: ["x"]) }) {
      $0 = [("x", Tensor([1], [1]))]
    }
  }

  @Test("filters that differ from each other are refused")
  func filters() throws {
    var tensors = try published("best_netG.pt")
    let position = try #require(tensors.lastIndex { $0.name.hasSuffix("upsample.filter") })
    tensors[position].tensor = Tensor([1, 1, 12], (0..<12).map { Float($0) })
    let url = try source(tensors, "v.safetensors")
    #expect(throws: WeightError.self) { try convert([url]) }
  }

  @Test("Synchformer's other branches are left behind")
  func synchformer() throws {
    var tensors = try published("synchformer_state_dict.pth")
    tensors.append(("afeat_extractor.x", Tensor([1], [.nan])))
    tensors.append(("transformer.off_head.weight", Tensor([1], [1])))
    _ = try convert([try source(tensors, "s.safetensors")])
    let file = try ModelFile.synchformer.open(in: ModelFolder(path: models.path))
    #expect(file.names.count == 56)
    #expect(!file.contains("vfeat_extractor.patch_embed.proj.weight"))
  }

  @Test(
    "names that parallel and compiled modules add are left out, for every network",
    arguments: ["v1-16.pth", "best_netG.pt", "synchformer_state_dict.pth", "mmaudio_small_16k.pth"])
  func wrappers(file: String) throws {
    let tensors = try published(file)
    let plain = try ConversionPlan(try source(tensors, "plain.safetensors"), variant: .published[0])
    func expectSame(_ name: String, _ rename: (String) -> String) throws {
      let renamed = try source(tensors.map { (rename($0.name), $0.tensor) }, name)
      let plan = try ConversionPlan(renamed, variant: .published[0])
      #expect(plan.outputs.map(\.file) == plain.outputs.map(\.file))
      #expect(plan.choice == nil)
    }
    for prefix in ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.model."] {
      try expectSame("wrapped.safetensors") { prefix + $0 }
    }
    try expectSame("compiled.safetensors") { name in
      name.split(separator: ".").map(String.init).joined(separator: "._orig_mod.")
    }
  }

  @Test("a network inside another one is not taken for MMAudio's")
  func inside() throws {
    let tensors = try published("v1-16.pth").map { ("first_stage_model." + $0.name, $0.tensor) }
    let url = try source(tensors, "sd.safetensors")
    #expect {
      try convert([url])
    } throws: { error in
      guard case WeightError.unrecognizedNetwork = error else { return false }
      return true
    }
  }
}
