import Foundation
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// Model folders that no sound can be made with: one line, and no output.
@Suite struct ModelTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func expectRefusal(
    _ models: URL, _ status: Int32, _ line: String, _ arguments: [String] = ["--prompt", "rain"]
  ) throws {
    let before = try place.names
    let outcome = try place.generate(arguments, models: models)
    #expect(outcome.withoutProgress == .failure(status, line))
    #expect(try place.names == before)
  }

  private func original(_ name: String) -> URL { place.models.appendingPathComponent(name) }

  @Test("no folder: all that is missing, and how to get it")
  func noFolder() throws {
    let folder = place.scratch.file("my models")
    try expectRefusal(
      folder, 69,
      "'\(folder.path)' lacks the CLIP text encoder, the flow network small_16k, the 16k mel decoder, "
        + "the 16k vocoder; run `mmaudio models pull small_16k --models '\(folder.path)'`")
  }

  @Test("one file missing among others")
  func oneMissing() throws {
    let folder = try place.models(without: "vae_16k.safetensors")
    try expectRefusal(
      folder, 69,
      "'\(folder.path)' lacks the 16k mel decoder; run `mmaudio models pull small_16k --models "
        + "\(folder.path)`")
  }

  @Test("the folder that the environment names")
  func environment() throws {
    let arguments = ["generate", "--prompt", "rain", "--variant", "small_16k"]
    let environments = [
      (["MMAUDIO_MODELS": "/m", "XDG_DATA_HOME": "/x", "HOME": "/h"], "/m"),
      (["XDG_DATA_HOME": "/x", "HOME": "/h"], "/x/mmaudio/models"),
      (["HOME": "/h"], "/h/.local/share/mmaudio/models"),
    ]
    for (environment, folder) in environments {
      let outcome = try place.run(arguments, environment: environment)
      #expect(outcome.status == 69)
      #expect(outcome.errors.hasPrefix("mmaudio: '\(folder)' lacks the CLIP text encoder, "))
    }
    #expect(try place.run(arguments).status == 69)
  }

  @Test("a file where the folder should be")
  func fileAsFolder() throws {
    let file = try place.scratch.write([1], to: "models")
    try expectRefusal(
      file, 66,
      "cannot read '\(file.path)': it is not a folder of models; check the file and its permissions"
    )
  }

  @Test(
    "a file that is broken is found before any work",
    arguments: [
      (0, "ends too early: its header is incomplete"),
      (9, "ends too early: its header is incomplete"),
      (100_000, "ends too early: tensor 'decoder.mid.block_1.conv1.weight' is incomplete"),
    ])
  func truncated(length: Int, problem: String) throws {
    let folder = try place.models(without: "vae_16k.safetensors") { url in
      try Data(contentsOf: original("vae_16k.safetensors")).prefix(length).write(to: url)
    }
    try expectRefusal(
      folder, 65,
      "'\(folder.path)/vae_16k.safetensors' \(problem); download or convert it again")
  }

  @Test("a header without end, and no header")
  func garbage() throws {
    for byte: UInt8 in [0xFF, 0x20] {
      let scratch = try Workplace()
      let folder = try scratch.models(without: "vae_16k.safetensors") { url in
        try Data(repeating: byte, count: 1000).write(to: url)
      }
      #expect(
        try scratch.generate(["--prompt", "rain"], models: folder)
          == .failure(
            65,
            "'\(folder.path)/vae_16k.safetensors' is damaged: its header has an impossible length; "
              + "download or convert it again"))
    }
  }

  @Test("a folder or a pipe in place of a file")
  func specialFiles() throws {
    let folder = try place.models(without: "vae_16k.safetensors") { url in
      mkfifo(url.path, 0o600)
    }
    try expectRefusal(
      folder, 66,
      "cannot read '\(folder.path)/vae_16k.safetensors': it is not a regular file; check the file and "
        + "its permissions")
  }

  @Test("a file that holds another network than its name says")
  func renamed() throws {
    let folder = try place.models(without: "vae_16k.safetensors") { url in
      try FileManager.default.copyItem(at: original("vae_44k.safetensors"), to: url)
    }
    try expectRefusal(
      folder, 65,
      "'\(folder.path)/vae_16k.safetensors' holds the 44k mel decoder, expected the 16k mel decoder; "
        + "run `mmaudio convert v1-16.pth -o \(folder.path) --force`, and do not rename what it writes"
    )
  }

  @Test("published files in place of converted ones")
  func notConverted() throws {
    let folder = place.scratch.file("weights")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["v1-16.pth", "mmaudio_small_44k.pth"] {
      let spec = try SyntheticWeights.Spec(file: name)
      try SyntheticWeights.write(try spec.tensors(seed: 1), to: folder.appendingPathComponent(name))
    }
    _ = try place.scratch.write([1], to: "weights/notes.bin")
    try expectRefusal(
      folder, 69,
      "'\(folder.path)' has published files that are not converted ('mmaudio_small_44k.pth', 'v1-16.pth'), "
        + "expected what `mmaudio convert` makes of them; run `mmaudio convert \(folder.path) -o "
        + "\(folder.path)`")
    // The command that it says, and what is missing then.
    #expect(try place.run(["convert", folder.path, "-o", folder.path]).status == 0)
    try expectRefusal(
      folder, 69,
      "'\(folder.path)' lacks the CLIP text encoder, the flow network small_16k, the 16k vocoder; run "
        + "`mmaudio models pull small_16k --models \(folder.path)`")
  }

  @Test("a published file under a converted one's name")
  func publishedUnderModelName() throws {
    let folder = try place.models(without: "vae_16k.safetensors") { url in
      try SyntheticWeights.write(
        try SyntheticWeights.Spec(file: "v1-16.pth").tensors(seed: 1), to: url)
    }
    try expectRefusal(
      folder, 65,
      "'\(folder.path)/vae_16k.safetensors' holds the 16k mel decoder, the 16k mel encoder as published, "
        + "expected what `mmaudio convert` makes of it; name it v1-16.pth again and run `mmaudio convert "
        + "\(folder.path) -o \(folder.path)`")
  }

  @Test("a converted file under a name of its own")
  func misnamed() throws {
    let folder = try place.models(without: "vae_16k.safetensors")
    let other = folder.appendingPathComponent("my vae.safetensors")
    try FileManager.default.copyItem(at: original("vae_16k.safetensors"), to: other)
    try expectRefusal(
      folder, 69,
      "'\(folder.path)' has the 16k mel decoder under the name 'my vae.safetensors', expected "
        + "'vae_16k.safetensors'; run `mv '\(other.path)' \(folder.path)/vae_16k.safetensors`")
  }

  @Test("a file of a version that laid out its values otherwise")
  func otherConverter() throws {
    let folder = try place.models(without: "vae_16k.safetensors") { url in
      try rewrite(original("vae_16k.safetensors"), to: url, metadata: ["converter": "0"])
    }
    try expectRefusal(
      folder, 65,
      "'\(folder.path)/vae_16k.safetensors' was written by the converter '0', expected "
        + "'\(CheckpointConverter.version)'; run `mmaudio convert` on the published file again")
  }

  @Test("the models of another variant")
  func otherVariant() throws {
    let folder = try place.models(without: "flow_small_16k.safetensors")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where name.hasPrefix("flow_") && name != "flow_small_44k.safetensors" {
      try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
    try expectRefusal(
      folder, 69,
      "'\(folder.path)' lacks the flow network small_16k; run `mmaudio models pull small_16k --models "
        + "\(folder.path)`, or pass --variant small_44k, which is there")
  }

  @Test("networks that do not fit each other")
  func mixed() throws {
    let folder = try place.models(without: "flow_small_16k.safetensors") { url in
      try rewrite(
        original("flow_small_44k.safetensors"), to: url, metadata: ["variant": "small_16k"])
    }
    try expectRefusal(
      folder, 65,
      "latents have 40 channels, but the 16k mel decoder expects 20; the model files do not belong "
        + "together, run `mmaudio convert --force` on the published files again")
  }

  @Test(
    "NaN in weights is traced to its tensor",
    arguments: [
      ("vae_16k.safetensors", "decoder.conv_in.weight"),
      ("vocoder_16k.safetensors", "conv_pre.weight"),
      ("synchformer.safetensors", "vfeat_extractor.cls_token"),
      ("clip_image.safetensors", "visual.class_embedding"),
    ])
  func notANumber(file: String, tensor: String) throws {
    let folder = try place.models(without: file) { url in
      try rewrite(original(file), to: url) { name, values in
        if name == tensor { values[0] = .nan }
      }
    }
    _ = try place.scratch.write(greyVideo(frames: 30), to: "clip.y4m")
    try expectRefusal(
      folder, 65,
      "tensor '\(tensor)' in '\(folder.path)/\(file)' holds NaN or infinity; download or convert it "
        + "again", ["clip.y4m"])
  }

  @Test("guidance beyond what floats hold")
  func overflow() throws {
    try expectRefusal(
      place.models, 65,
      "sampling gave values that are not finite; try a smaller --cfg, and convert the models again if "
        + "that does not help", ["--prompt", "rain", "--cfg", "1e38"])
  }
}
