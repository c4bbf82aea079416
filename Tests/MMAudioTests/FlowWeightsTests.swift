import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// A flow network in a file of the user's own.
@Suite struct FlowWeightsTests {
  private let scratch: ScratchFolder
  private let variant = ModelVariant.published[0]
  private var cache: FlowCache { FlowCache(url: scratch.file("cache/flow")) }

  init() throws { scratch = try ScratchFolder() }

  /// Writes the tiny flow network under `name`, its tensors renamed and some added.
  private func source(
    _ name: String, file: String = "mmaudio_small_16k.pth", seed: UInt64 = 1, prefix: String = "",
    extra: [String] = []
  ) throws -> URL {
    let tensors = try SyntheticWeights.Spec(file: file).tensors(seed: seed)
      .map { (name: prefix + $0.name, tensor: $0.tensor) }
    try SyntheticWeights.write(
      tensors + extra.map { ($0, Tensor([1], [0])) }, to: scratch.file(name))
    return scratch.file(name)
  }

  private func tensors(_ url: URL) throws -> [String: [Float]] {
    let file = try SafetensorsFile(url)
    return try Dictionary(uniqueKeysWithValues: file.names.map { ($0, try file.tensor($0).values) })
  }

  private var expected: [String: [Float]] {
    get throws {
      let models = try SyntheticWeights.sharedModels()
      return try tensors(models.appendingPathComponent("flow_small_16k.safetensors"))
    }
  }

  @Test("a file of any name becomes what the model folder would have", arguments: [true, false])
  func converts(saysVariant: Bool) throws {
    let name = saysVariant ? "mmaudio_small_16k.safetensors" : "rain, epoch 3.safetensors"
    let weights = try FlowWeights(
      try source(name), variant: saysVariant ? nil : variant, cache: cache)
    #expect(weights.variant == variant)
    #expect(try tensors(weights.file) == expected)
  }

  @Test(
    "what training wraps a network in is taken off",
    arguments: ["module.", "_orig_mod.", "ema_model.", "ema_models.0.ema_model."])
  func wrapped(prefix: String) throws {
    let url = try source("t.safetensors", prefix: prefix, extra: ["initted", "step"])
    let weights = try FlowWeights(url, variant: variant, cache: cache)
    #expect(try tensors(weights.file) == expected)
  }

  /// Writes copies of the tiny flow network, each under a prefix, made from a seed of its own.
  private func copies(
    _ copies: [(prefix: String, seed: UInt64)], begun: Float? = nil, leavingOut name: String? = nil
  ) throws -> URL {
    var tensors: [(name: String, tensor: Tensor)] = []
    for (prefix, seed) in copies {
      tensors += try SyntheticWeights.Spec(file: "mmaudio_small_16k.pth").tensors(seed: seed)
        .map { (prefix + $0.name, $0.tensor) }
    }
    tensors.removeAll { $0.name == name }
    if let begun { tensors.append(("ema.initted", Tensor([1], [begun]))) }
    try SyntheticWeights.write(tensors, to: scratch.file("copies.safetensors"))
    return scratch.file("copies.safetensors")
  }

  @Test(
    "of the trained weights and their EMA, the EMA is taken, and that is said",
    arguments: [
      ("model.", "ema."), ("", "ema_model."), ("online_model.", "ema_model."),
      ("state_dict.", "state_dict_ema."), ("module.", "model_ema.module."), ("net.", "net_ema."),
    ])
  func average(trained: String, average: String) throws {
    let two = [(prefix: trained, seed: UInt64(2)), (prefix: average, seed: 1)]
    for order in [two, two.reversed()] {
      let weights = try FlowWeights(try copies(order), variant: variant, cache: cache)
      #expect(try tensors(weights.file) == expected)
      let used = average.replacingOccurrences(of: ".module", with: "").dropLast()
      let other = ["", "module."].contains(trained) ? "the plain weights" : "\(trained.dropLast())"
      #expect(weights.note == "the EMA '\(used)' is used, not '\(other)'")
    }
  }

  @Test("of the EMA copies that the reference's training keeps, the first is its final one")
  func averages() throws {
    let url = try copies(
      [
        ("weights.", 2), ("ema.ema_models.0.ema_model.", 1), ("ema.ema_models.1.ema_model.", 3),
      ], begun: 1)
    let weights = try FlowWeights(url, variant: variant, cache: cache)
    #expect(try tensors(weights.file) == expected)
    #expect(
      weights.note
        == "the EMA 'ema.ema_models.0.ema_model' is used, not 'weights', "
        + "'ema.ema_models.1.ema_model'")
  }

  @Test("an EMA that has not begun is passed over; what it leaves out is taken from the weights")
  func partial() throws {
    let early = try FlowWeights(
      try copies([("ema.ema_model.", 2), ("weights.", 1)], begun: 0), variant: variant, cache: cache
    )
    #expect(early.note == "'weights' is used, not 'ema.ema_model'")
    #expect(try tensors(early.file) == expected)
    let part = try FlowWeights(
      try copies([("weights.", 1), ("ema.", 1)], leavingOut: "ema.latent_mean"), variant: variant,
      cache: cache)
    #expect(try tensors(part.file) == expected)
  }

  @Test("a network that was converted from another copy in the same file is converted again")
  func otherCopy() throws {
    let url = try copies([("model.", 2), ("ema.", 1)])
    let file = try FlowWeights(url, variant: variant, cache: cache).file
    // As from before there was a choice.
    let converted = try SafetensorsFile(file)
    #expect(converted.metadata["copy"] == "ema")
    let bytes = try Data(contentsOf: file)
    let range = try #require(bytes.range(of: Data("\"copy\"".utf8)))
    try bytes.replacing(range, with: "\"kopy\"").write(to: file)
    let again = try FlowWeights(url, variant: variant, cache: cache).file
    #expect(try SafetensorsFile(again).metadata["copy"] == "ema")
  }

  @Test("a file that claims thousands of copies is refused before they are looked through")
  func countless() throws {
    let url = scratch.file("many.safetensors")
    try SyntheticWeights.write(
      (0..<2000).map { ("ema\($0).audio_input_proj.0.weight", Tensor([1], [0])) }, to: url)
    #expect {
      try FlowWeights(url, variant: variant, cache: cache)
    } throws: { error in
      guard case WeightError.unrecognizedNetwork = error else { return false }
      return true
    }
  }

  @Test("several networks that nothing tells apart are refused")
  func ambiguous() throws {
    let url = try copies([("teacher.", 1), ("student.", 2)])
    #expect(throws: WeightError.self) { try FlowWeights(url, variant: variant, cache: cache) }
  }

  @Test("a second start neither converts nor hashes; a file that was touched is hashed again")
  func again() throws {
    let url = try source("w.safetensors")
    func start() throws -> (file: URL, prepared: Bool, changed: Int) {
      var prepared = false
      let file = try FlowWeights(url, variant: variant, cache: cache) { prepared = true }.file
      var info = stat()
      #expect(stat(file.path, &info) == 0)
      return (file, prepared, info.st_mtim.tv_sec * 1_000_000_000 + info.st_mtim.tv_nsec)
    }
    let first = try start()
    #expect(first.prepared)
    let second = try start()
    #expect(!second.prepared)
    #expect(second.file == first.file && second.changed == first.changed)

    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: url.path)
    let touched = try start()
    #expect(touched.prepared)
    #expect(touched.file == first.file && touched.changed == first.changed)

    _ = try source("w.safetensors", seed: 2)
    let changed = try start()
    #expect(changed.prepared && changed.file != first.file)
    #expect(try tensors(changed.file) != expected)
  }

  @Test("a record or a converted file that is damaged is made again", arguments: ["", "junk"])
  func damaged(contents: String) throws {
    let url = try source("w.safetensors")
    let file = try FlowWeights(url, variant: variant, cache: cache).file
    try Data(contents.utf8).write(to: file)
    #expect(try tensors(try FlowWeights(url, variant: variant, cache: cache).file) == expected)
    let names = try FileManager.default.contentsOfDirectory(atPath: cache.url.path)
    let record = try #require(names.first { $0.hasSuffix(".json") })
    try Data(contents.utf8).write(to: cache.url.appendingPathComponent(record))
    #expect(try FlowWeights(url, variant: variant, cache: cache).file == file)
  }

  @Test("a converted file is used where it lies, whatever its name")
  func converted() throws {
    let mine = scratch.file("mine.safetensors")
    try FileManager.default.copyItem(
      at: try SyntheticWeights.sharedModels().appendingPathComponent("flow_small_16k.safetensors"),
      to: mine)
    let weights = try FlowWeights(mine, cache: cache)
    #expect(weights.variant == variant && weights.file == mine)
    #expect(!FileManager.default.fileExists(atPath: cache.url.path))
    #expect(throws: WeightError.convertedAs(path: mine.path, variant: variant)) {
      try FlowWeights(mine, variant: .standard, cache: cache)
    }
    let vae = try SyntheticWeights.sharedModels().appendingPathComponent("vae_16k.safetensors")
    #expect(throws: WeightError.notFlow(path: vae.path, found: [.vaeDecoder(.rate16k)])) {
      try FlowWeights(vae, cache: cache)
    }
  }

  @Test("a variant that the tensors tell is not asked for; one that they do not tell is")
  func variants() throws {
    let second = try source("v2.safetensors", file: "mmaudio_large_44k_v2.pth")
    #expect(try FlowWeights(second, cache: cache).variant == .standard)
    let small = try source("w.safetensors")
    #expect(throws: WeightError.variantNeeded(path: small.path, [.nano, variant])) {
      try FlowWeights(small, cache: cache)
    }
  }

  @Test("a file of another network is named for what it is")
  func notFlow() throws {
    let vae = try source("x.safetensors", file: "v1-16.pth")
    #expect(
      throws: WeightError.notFlow(
        path: vae.path, found: [.vaeDecoder(.rate16k), .vaeEncoder(.rate16k)])
    ) { try FlowWeights(vae, cache: cache) }
  }

  @Test("a cache that cannot be written")
  func unwritable() throws {
    let file = try scratch.write([1], to: "cache")
    let url = try source("w.safetensors")
    #expect(
      throws: WeightError.cache(
        folder: cache.url.path,
        .cannotCreate(path: cache.url.path, reason: "Not a directory"))
    ) { try FlowWeights(url, variant: variant, cache: cache) }
    #expect(try Data(contentsOf: file) == Data([1]))
  }

  @Test("where converted networks are kept")
  func standard() {
    func path(_ environment: [String: String]) -> String {
      FlowCache.standard(environment: environment).url.path
    }
    #expect(path(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/mmaudio/flow")
    #expect(path(["XDG_CACHE_HOME": "relative", "HOME": "/h"]) == "/h/.cache/mmaudio/flow")
    #expect(path(["HOME": "/h"]) == "/h/.cache/mmaudio/flow")
  }
}

extension Data {
  fileprivate func replacing(_ range: Range<Index>, with text: String) -> Data {
    var data = self
    data.replaceSubrange(range, with: Data(text.utf8))
    return data
  }
}
