import Foundation
import MMAudio
import MMAudioKernels
import MMAudioTestSupport
import Testing

/// `mmaudio stage` as a process.
@Suite struct StageCommandTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func stage(_ arguments: [String]) throws -> Outcome {
    try place.run(
      ["stage"] + arguments + ["--models", place.models.path, "--output", "out.safetensors"])
  }

  private func expectRefusal(_ arguments: [String], _ status: Int32, _ line: String) throws {
    let before = try place.names
    #expect(try stage(arguments) == .failure(status, line), "\(arguments)")
    #expect(try place.names == before)
  }

  @Test("prompts that look like options are tokenised")
  func tokenize() throws {
    #expect(
      try stage(["tokenize", "--prompt", "--seed", "--prompt=", "--prompt", "---"])
        == Outcome(status: 0))
    let file = try SafetensorsFile(place.scratch.file("out.safetensors"))
    #expect(try file.shape(of: "tokens") == [3, 77])
    let tokenizer = CLIPTokenizer()
    #expect(
      try file.integers(of: "tokens")
        == ["--seed", "", "---"].flatMap { tokenizer($0) }.map(Int.init))
  }

  @Test(
    "options that are missing or absurd",
    arguments: [
      (["tokenize"], "this stage needs --prompt; pass it, or see `mmaudio stage --help`"),
      (["frames"], "this stage needs --video; pass it, or see `mmaudio stage --help`"),
      (["vocode"], "this stage needs --input; pass it, or see `mmaudio stage --help`"),
      (["flow"], "this stage needs --variant; pass it, or see `mmaudio stage --help`"),
      (
        ["frames", "--video", "x", "--duration", "nan"],
        "a duration of nan s is too short, expected at least 0.64 s; pass a longer one with --duration"
      ),
      (
        ["sample", "--variant", "small_16k", "--steps", "0"],
        "0 steps cannot be taken, expected 1 to 10000; pass another number with --steps"
      ),
      (
        ["flow", "--variant", "small_16k", "--cfg", "inf"],
        "the strength of guidance is inf, expected a finite number; pass one such as --cfg 4.5"
      ),
    ])
  func options(arguments: [String], line: String) throws {
    try expectRefusal(arguments, 64, line)
  }

  @Test(
    "shapes of noise that cannot be",
    arguments: [
      "0", "-1", "-1,-1", "9223372036854775807,2", "4294967296,4294967296", "10000,10001",
    ])
  func noise(shape: String) throws {
    try expectRefusal(
      ["noise", "--shape", shape], 64,
      "this stage needs --shape of 1 to 100,000,000 values; pass it, or see `mmaudio stage --help`")
  }

  @Test(
    "tensors that a stage cannot take",
    arguments: [
      (
        [],
        "the input file has no tensor 'z', only 'y'; this stage needs it, pass another file with --input"
      ),
      ([1000], "shape [1000], expected [1, rows, columns], none above 32768"),
      ([1, 0, 50], "shape [1, 0, 50], expected [1, rows, columns], none above 32768"),
      ([2, 20, 50], "shape [2, 20, 50], expected [1, rows, columns], none above 32768"),
      ([1, 20, 40_000], "shape [1, 20, 40000], expected [1, rows, columns], none above 32768"),
      ([1, 19, 50], "shape [1, 19, 50], expected 20 or 40 channels"),
    ])
  func shapes(shape: [Int], problem: String) throws {
    let name = shape.isEmpty ? "y" : "z"
    try SyntheticWeights.write(
      [(name, Tensor.zeros(shape))], to: place.scratch.file("in.safetensors"))
    let line =
      shape.isEmpty ? problem : "input tensor 'z' has \(problem); check the input file"
    try expectRefusal(["vae-decode", "--input", "in.safetensors"], 65, line)
  }

  @Test("values that are not numbers, and types that do not fit")
  func values() throws {
    let input = place.scratch.file("in.safetensors")
    let tokens = Tensor([1, 77], [Float](repeating: 7, count: 77))
    try SyntheticWeights.write(
      [
        ("z", Tensor([1, 20, 1], [Float](repeating: .nan, count: 20))),
        ("tokens", tokens),
      ], to: input)
    try expectRefusal(
      ["vae-decode", "--input", input.path], 65,
      "input tensor 'z' holds NaN or infinity, expected finite values; check the input file")
    try expectRefusal(
      ["clip-text", "--input", input.path], 65,
      "input tensor 'tokens' is stored as F32, expected whole numbers, such as I32; check the input "
        + "file")
    var writer = try SafetensorsWriter(
      input, entries: [.init(name: "tokens", shape: [1, 77], type: .i32)])
    try [Int32](repeating: 49_408, count: 77).withUnsafeBytes { bytes in
      try writer.writeBytes(bytes, of: "tokens")
    }
    try writer.finish()
    try expectRefusal(
      ["clip-text", "--input", input.path], 65,
      "input tensor 'tokens' has shape [1, 77], expected [1 to 256, 77] ids of CLIP's vocabulary; "
        + "check the input file")
  }

  @Test("features that do not fit the network or the duration")
  func features() throws {
    func refusal(width: Int) throws -> Outcome {
      let features = Tensor.zeros([1, 3, width])
      try SyntheticWeights.write(
        ["clip_f", "sync_f", "text_f"].map { ($0, features) },
        to: place.scratch.file("in.safetensors"))
      return try stage(["conditions", "--variant", "small_16k", "--input", "in.safetensors"])
    }
    #expect(
      try refusal(width: 3)
        == .failure(
          65,
          "CLIP features have 3 channels, but the flow network expects 64; the model files do not "
            + "belong together, run `mmaudio convert --force` on the published files again"))
    #expect(
      try refusal(width: 64)
        == .failure(
          65,
          "there are 3 CLIP features, expected 64 for this duration; pass the --duration they were made "
            + "for"))
  }

  @Test("input files that are none, and outputs that cannot be")
  func files() throws {
    let missing = place.scratch.file("none").path
    try expectRefusal(
      ["vocode", "--input", "none"], 66, "there is no file '\(missing)'; check the path")
    let text = try place.scratch.write(Array("hello, world".utf8), to: "text").path
    try expectRefusal(
      ["vocode", "--input", "text"], 65,
      "'\(text)' is damaged: its header has an impossible length; download or convert it again")
    #expect(
      try place.run(["stage", "noise", "--shape", "2,2", "--output", "/dev/full"])
        == .failure(
          74,
          "'/dev/full' cannot be written, the disk is full; free some space or choose another disk"
        ))
    #expect(
      try place.run(["stage", "noise", "--shape", "2,2", "--output", "no/x"])
        == .failure(
          73,
          "'no/x' cannot be created, the folder 'no' does not exist; create it first"))
  }
}
