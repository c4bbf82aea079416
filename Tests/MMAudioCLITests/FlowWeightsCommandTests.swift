import Foundation
import MMAudio
import MMAudioTestSupport
import Testing

/// `mmaudio generate --flow-weights`.
@Suite struct FlowWeightsCommandTests {
  private let place: Workplace
  private var environment: [String: String] {
    ["XDG_CACHE_HOME": place.scratch.file("cache").path]
  }

  init() throws {
    place = try Workplace()
    try SyntheticWeights.write(
      SyntheticWeights.Spec(file: "mmaudio_small_16k.pth").tensors(seed: 1),
      to: place.scratch.file("rain.safetensors"))
  }

  private func generate(_ arguments: [String], models: URL) throws -> Outcome {
    try place.run(
      ["generate", "--prompt", "rain", "--steps", "1", "--duration", "1", "-q", "--models"]
        + [models.path, "-o"] + arguments, environment: environment)
  }

  private func sound(_ name: String) throws -> Data {
    try Data(contentsOf: place.scratch.file(name))
  }

  @Test("the same weights give the same sound as from the folder, which needs no flow network then")
  func sameSound() throws {
    let variant = ["--variant", "small_16k"]
    let weights = ["--flow-weights", "rain.safetensors"]
    let folder = try place.models(without: "flow_small_16k.safetensors")
    #expect(try generate(["folder.wav"] + variant, models: place.models).status == 0)
    for (name, more) in [("first", []), ("second", []), ("low", ["--low-memory"])] {
      let outcome = try generate(["\(name).wav"] + variant + weights + more, models: folder)
      #expect(outcome == Outcome(status: 0, output: "\(name).wav\n"))
      #expect(try sound("\(name).wav") == sound("folder.wav"))
    }
    let mine = place.scratch.file("mine.safetensors")
    try FileManager.default.copyItem(
      at: place.models.appendingPathComponent("flow_small_16k.safetensors"), to: mine)
    let converted = ["converted.wav", "--flow-weights", "mine.safetensors"]
    #expect(try generate(converted, models: folder).status == 0)
    #expect(try sound("converted.wav") == sound("folder.wav"))
  }

  @Test("a file with the weights and their EMA")
  func average() throws {
    let flow = try SyntheticWeights.Spec(file: "mmaudio_small_16k.pth").tensors(seed: 1)
    try SyntheticWeights.write(
      ["model.", "ema."].flatMap { prefix in flow.map { (prefix + $0.name, $0.tensor) } },
      to: place.scratch.file("run.safetensors"))
    let arguments = [
      "generate", "--prompt", "rain", "--steps", "1", "--duration", "1", "-o", "a.wav",
    ]
    let outcome = try place.run(
      arguments + ["--flow-weights", "run.safetensors", "--variant", "small_16k", "--models"]
        + [place.models.path], environment: environment)
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("run.safetensors: the EMA 'ema' is used, not 'model'\n"))
  }

  @Test("weights that cannot be used")
  func refusals() throws {
    func refusal(_ arguments: [String]) throws -> Outcome {
      try generate(["out.wav", "--flow-weights"] + arguments, models: place.models)
    }
    let path = place.scratch.file("rain.safetensors").path
    #expect(
      try refusal(["rain.safetensors"])
        == .failure(
          64,
          "cannot tell the variant of the flow network '\(path)' from its name or its sizes; pass --variant "
            + "with one of nano_16k, small_16k"))
    #expect(
      try refusal(["rain.safetensors", "--variant", "large_44k_v2"])
        == .failure(
          65,
          "'\(path)' is not large_44k_v2: its latents have 20 channels, expected 40; it may be one of "
            + "nano_16k, small_16k, pass that with --variant"))
    #expect(
      try refusal(["none.pth"])
        == .failure(
          66, "there is no file '\(place.scratch.file("none.pth").path)'; check the path"))
    let vae = place.models.appendingPathComponent("vae_16k.safetensors").path
    #expect(
      try refusal([vae])
        == .failure(
          65,
          "'\(vae)' holds the 16k mel decoder, expected a flow network; pass one with --flow-weights, and a "
            + "folder with the others with --models"))
    _ = try place.scratch.write([1], to: "cache")
    #expect(
      try refusal(["rain.safetensors", "--variant", "small_16k"])
        == .failure(
          73,
          "the converted flow network cannot be kept in '\(place.scratch.file("cache/mmaudio/flow").path)': "
            + "Not a directory; set XDG_CACHE_HOME to a folder that has room and that you may write to"
        ))
    #expect(try !place.names.contains("out.wav"))
  }
}
