import Foundation
import MMAudio
import MMAudioTestSupport
import Testing

/// `mmaudio convert` as a process.
@Suite struct ConvertCommandTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func expectRefusal(
    _ arguments: [String], _ status: Int32, _ line: String, after setup: String? = nil
  ) throws {
    let before = try place.names
    #expect(
      try place.run(["convert"] + arguments, after: setup) == .failure(status, line),
      "\(arguments)")
    #expect(try place.names.filter { $0 != "models" } == before.filter { $0 != "models" })
    let models = place.scratch.file("models").path
    #expect((try? FileManager.default.contentsOfDirectory(atPath: models)) ?? [] == [])
  }

  /// Writes the tiny twin of a published file under `name`, and gives its path.
  private func published(_ file: String, as name: String) throws -> String {
    let url = place.scratch.file(name)
    try SyntheticWeights.write(SyntheticWeights.Spec(file: file).tensors(seed: 1), to: url)
    return url.path
  }

  @Test("a published file becomes model files in a new folder, once")
  func success() throws {
    let source = try published("v1-16.pth", as: "vae.safetensors")
    let arguments = ["convert", source, "-o", "new/models"]
    let names = ["vae_16k.safetensors", "vae_encoder_16k.safetensors"]
    #expect(
      try place.run(arguments)
        == Outcome(
          status: 0,
          output: "\(names[0]): 2.8 MB, from vae.safetensors\n"
            + "\(names[1]): 2.1 MB, from vae.safetensors\n"))
    let models = place.scratch.file("new/models").path
    #expect(try FileManager.default.contentsOfDirectory(atPath: models).sorted() == names)
    #expect(
      try place.run(arguments)
        == Outcome(status: 0, output: "\(names[0]): up to date\n\(names[1]): up to date\n"))
    let path = place.scratch.file("new/models/\(names[0])").path
    #expect(
      try place.run(arguments + ["--dtype", "f16"])
        == .failure(
          73,
          "'\(path)' exists and was made from another file or with another --dtype; pass --force to "
            + "replace it"))
  }

  @Test("files that are no checkpoints")
  func notCheckpoints() throws {
    let missing = place.scratch.file("missing.pth").path
    try expectRefusal(
      ["missing.pth", "-o", "models"], 66, "there is no file '\(missing)'; check the path")
    let text = try place.scratch.write(Array("not a checkpoint".utf8), to: "text.pth").path
    try expectRefusal(
      [text, "-o", "models"], 65,
      "'\(text)' is not a checkpoint: expected a PyTorch zip file or safetensors; download it again"
    )
    let legacy: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8]
    let old = try place.scratch.write(legacy, to: "old.pth").path
    try expectRefusal(
      [old, "-o", "models"], 65,
      "'\(old)' is in PyTorch's format from before 1.6; load it in PyTorch and save it again with "
        + "torch.save")
  }

  @Test("a pickle that wants to run a command, whole and cut short")
  func hostile() throws {
    let bytes = [UInt8](try Data(contentsOf: fixture("os_system.pth")))
    let hostile = try place.scratch.write(bytes, to: "hostile.pth").path
    try expectRefusal(
      [hostile, "-o", "models"], 65,
      "'\(hostile)' asks for the Python object 'posix.system', which no weight file needs; do not "
        + "trust this file")
    let cut = try place.scratch.write(Array(bytes.dropLast(100)), to: "cut.pth").path
    try expectRefusal(
      [cut, "-o", "models"], 65,
      "'\(cut)' ends too early: its zip directory is incomplete; download or convert it again")
  }

  @Test("a file with the weights and their EMA")
  func average() throws {
    let vae = try SyntheticWeights.Spec(file: "v1-16.pth").tensors(seed: 1)
    let url = place.scratch.file("run.safetensors")
    try SyntheticWeights.write(
      ["model.", "ema."].flatMap { prefix in vae.map { (prefix + $0.name, $0.tensor) } }, to: url)
    #expect(
      try place.run(["convert", url.path, "-o", "new"])
        == Outcome(
          status: 0,
          output:
            "vae_16k.safetensors: 2.8 MB, from run.safetensors (the EMA 'ema' is used, not "
            + "'model')\nvae_encoder_16k.safetensors: 2.1 MB, from run.safetensors (the EMA 'ema' "
            + "is used, not 'model')\n"))
    let shard = try place.scratch.write([], to: "model-00001-of-00002.safetensors").path
    try expectRefusal(
      [shard, "-o", "models"], 65,
      "'\(shard)' is part 1 of 2 of a checkpoint, expected one file with all tensors; load all parts in "
        + "Python and save them as one")
  }

  @Test("the variant of a flow network")
  func variants() throws {
    let names = "nano_16k, small_16k, small_44k, medium_44k, large_44k, large_44k_v2"
    let source = try published("mmaudio_small_16k.pth", as: "weights.safetensors")
    try expectRefusal(
      [source, "-o", "models"], 64,
      "cannot tell the variant of the flow network '\(source)' from its name or its sizes; pass --variant "
        + "with one of nano_16k, small_16k")
    try expectRefusal(
      [source, "-o", "models", "--variant", "huge"], 64,
      "there is no variant 'huge'; choose one of \(names)")
    try expectRefusal(
      [source, "-o", "models", "--variant", "small_44k"], 65,
      "'\(source)' is not small_44k: its latents have 20 channels, expected 40; it may be one of "
        + "nano_16k, small_16k, pass that with --variant")
  }

  @Test("a file with the name of one published file and the networks of another")
  func otherName() throws {
    let source = try published("v1-16.pth", as: "v1-44.safetensors")
    try expectRefusal(
      [source, "-o", "models"], 65,
      "'\(source)' holds the 16k mel decoder, the 16k mel encoder, expected the 44k mel decoder, the 44k "
        + "mel encoder; download v1-44.pth again, or name this file v1-16.pth")
    let vae = try published("v1-16.pth", as: "mmaudio_small_16k.safetensors")
    try expectRefusal(
      [vae, "-o", "models", "--variant", "small_16k"], 65,
      "'\(vae)' holds the 16k mel decoder, the 16k mel encoder, expected the flow network small_16k; "
        + "download mmaudio_small_16k.pth again, or name this file v1-16.pth")
  }

  @Test("networks that are none of MMAudio's, and one made for something else")
  func foreign() throws {
    func write(_ name: String, _ tensors: [(String, [Int])]) throws -> String {
      let url = place.scratch.file(name)
      try SyntheticWeights.write(tensors.map { ($0, .zeros($1)) }, to: url)
      return url.path
    }
    let diffusion = try write(
      "v1-5.safetensors", [("model.diffusion_model.out.0.weight", [4]), ("step", [1])])
    try expectRefusal(
      [diffusion, "-o", "models"], 65,
      "'\(diffusion)' holds none of MMAudio's networks, but Stable Diffusion (2 tensors: "
        + "'model.diffusion_model.out.0.weight', 'step'), expected one of MMAudio's published files; run "
        + "`mmaudio models pull large_44k_v2` to get them")
    let optimizer = try write("state.safetensors", [("exp_avg", [4])])
    try expectRefusal(
      [optimizer, "-o", "models"], 65,
      "'\(optimizer)' holds none of MMAudio's networks, but the state of an optimizer (1 tensor: 'exp_avg'), "
        + "expected the weights that training saves as NAME_last.pth or NAME_ema_final.pth; give that instead"
    )
    let vocoder = try write(
      "bigvgan_generator.safetensors",
      [("activation_post.act.alpha", [24]), ("conv_pre.weight", [64, 100, 7])])
    try expectRefusal(
      [vocoder, "-o", "models"], 65,
      "'\(vocoder)' holds a vocoder that MMAudio has no use for: it has 100 mel bands, expected 80 or 128, "
        + "as in one of MMAudio's published files; run `mmaudio models pull large_44k_v2` to get them"
    )
  }

  @Test("NaN in a published file")
  func notANumber() throws {
    let url = place.scratch.file("v1-16.safetensors")
    var tensors = try SyntheticWeights.Spec(file: "v1-16.pth").tensors(seed: 1)
    let index = try #require(tensors.firstIndex { $0.name == "decoder.conv_in.weight" })
    var values = tensors[index].tensor.values
    values[0] = .nan
    tensors[index].tensor = .init(tensors[index].tensor.shape, values)
    try SyntheticWeights.write(tensors, to: url)
    try expectRefusal(
      [url.path, "-o", "models"], 65,
      "tensor 'decoder.conv_in.weight' in '\(url.path)' holds NaN or infinity; download or convert it "
        + "again")
  }

  @Test("values that half floats do not hold")
  func overflow() throws {
    let url = place.scratch.file("mmaudio_small_16k.safetensors")
    let name = "clip_input_proj.0.weight"
    var tensors = try SyntheticWeights.Spec(file: "mmaudio_small_16k.pth").tensors(seed: 1)
    let index = try #require(tensors.firstIndex { $0.name == name })
    let shape = tensors[index].tensor.shape
    tensors[index].tensor = .init(shape, [Float](repeating: 1e6, count: shape.reduce(1, *)))
    try SyntheticWeights.write(tensors, to: url)
    let model = place.scratch.file("models/flow_small_16k.safetensors").path
    try expectRefusal(
      [url.path, "-o", "models", "--variant", "small_16k", "--dtype", "f16"], 65,
      "tensor '\(name)' in '\(model)' has values too large for F16; convert with --dtype f32")
  }

  @Test("a folder without checkpoints, and two sources for one output")
  func sources() throws {
    let empty = place.scratch.file("empty").path
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    try expectRefusal(
      ["empty", "-o", "models"], 66,
      "the folder '\(empty)' has no checkpoints, expected .pth, .pt, .bin or .safetensors files; give "
        + "another, or run `mmaudio models pull large_44k_v2` to get them")
    let sources = try ["a.safetensors", "b.safetensors"].map {
      try published("v1-16.pth", as: $0)
    }
    try expectRefusal(
      sources + ["-o", "models"], 64,
      "'\(sources[0])' and '\(sources[1])' would both become 'vae_16k.safetensors'; give only one")
  }

  @Test("places that cannot be written, and a source that would be replaced")
  func outputs() throws {
    let source = try published("v1-16.pth", as: "vae_16k.safetensors")
    let file = try place.scratch.write([1], to: "file").path
    try expectRefusal(
      [source, "-o", "file"], 73,
      "'\(file)' cannot be created (there is a file of this name); choose a folder that you may write "
        + "to")
    try expectRefusal(
      [source, "-o", "/proc/models"], 73,
      "'/proc/models' cannot be created (No such file or directory); choose a folder that you may "
        + "write to")
    try expectRefusal(
      [source, "-o", ".", "--force"], 64,
      "'\(source)' would be replaced by what is made from it; choose another folder with -o")
    let model = place.scratch.file("models/vae_16k.safetensors").path
    try expectRefusal(
      [source, "-o", "models"], 74,
      "'\(model)' cannot be written, the disk is full; free some space or choose another disk",
      after: "ulimit -f 64")
  }
}
