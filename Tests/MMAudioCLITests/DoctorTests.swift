import Foundation
import Testing

@testable import MMAudioCLI

@Suite struct DoctorTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  @Test("a machine that can run a model is in order, and each thing has a line")
  func inOrder() throws {
    let outcome = try place.run(["doctor", "--models", place.models.path])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.errors == "")
    for subject in [
      "processor", "threads", "memory", "disk here", "FFmpeg", "libsndfile", "model folder",
      "large_44k_v2",
    ] {
      #expect(outcome.output.contains(" \(subject) "), "\(subject)")
    }
    #expect(outcome.output.contains(#/\nok +small_16k +[0-9.]+ MB in /#))
  }

  @Test("a model that lacks a file, and one that has a broken one, say what to do")
  func brokenModels() throws {
    let models = try place.models(without: "vae_16k.safetensors")
    let lacking = try place.run(["doctor", "--models", models.path])
    #expect(
      lacking.output.contains(
        "warning  small_16k     '\(models.path)' lacks the 16k mel decoder; run `mmaudio models pull "
          + "small_16k --models \(models.path)`\n"))
    try Data("broken".utf8).write(to: models.appendingPathComponent("vae_16k.safetensors"))
    let broken = try place.run(["doctor", "--models", models.path])
    #expect(broken.output.contains(#/\nwarning +small_16k +'.*vae_16k.safetensors' /#))
  }

  @Test("without any model that can be used the end is an error")
  func noModels() {
    var option = ModelFolderOption()
    option.models = place.scratch.file("none").path
    let findings = ModelCheck(option, shipped: nil).findings
    #expect(findings.first?.state == .bad)
    #expect(
      findings.dropFirst().prefix(2).map(\.line) == [
        "-        nano_16k      it ships with mmaudio, but is not beside it; install mmaudio again",
        "-        small_16k     not here; `mmaudio models pull small_16k` gets it",
      ])
    #expect(
      findings.first?.text.hasSuffix(
        "; no model can be used, run `mmaudio models pull large_44k_v2`") == true)
    #expect(
      "\(CommandError.unfit(problems: 1))"
        == "1 thing that every run needs is not in order; do what the lines that begin with bad say"
    )
    #expect(
      "\(CommandError.unfit(problems: 2))"
        == "2 things that every run needs are not in order; do what the lines that begin with bad say"
    )
    #expect(CommandError.status(for: CommandError.unfit(problems: 1)) == 69)
  }

  @Test(
    "memory is judged by what the models need",
    arguments: [
      (8_000_000_000, "ok       memory        8.0 GB are free"),
      (
        2_000_000_000,
        "warning  memory        2.0 GB are free; pass --low-memory with the large models"
      ),
      (
        500_000_000,
        "warning  memory        500.0 MB are free; use nano_16k, or close other programs"
      ),
      (
        100_000_000,
        "bad      memory        100.0 MB are free, too little for any model; close other programs"
      ),
      (nil, "ok       memory        the system does not tell what is free"),
    ] as [(Int?, String)])
  func memory(byteCount: Int?, line: String) {
    #expect(MachineCheck.memory(byteCount).line == line)
  }

  @Test("a slow build and a disk without room are said")
  func machine() {
    let processor = MachineCheck.processor(unused: "AVX2")
    #expect(processor.state == .warning)
    #expect(processor.text.hasSuffix("; it has AVX2, build with Scripts/build.sh to use it"))
    func disk(_ free: Int?) -> String { MachineCheck.disk("a", "disk here", free: free).line }
    #expect(disk(2_000_000_000) == "ok       disk here     2.0 GB free")
    #expect(
      disk(500_000_000)
        == "warning  disk here     500.0 MB free; make room before a long video")
    #expect(disk(nil) == "bad      disk here     'a' cannot be used; choose another folder")
  }

  @Test("codecs that are missing are named")
  func codecs() {
    func line(_ codecs: [(name: String, isHere: Bool)]) -> String {
      LibraryCheck.finding("FFmpeg", "5 reads", codecs).line
    }
    #expect(line([("a", true), ("b", true)]) == "ok       FFmpeg        5 reads a, b")
    #expect(
      line([("a", true), ("b", false)])
        == "warning  FFmpeg        5 reads a, not b; install FFmpeg's full libraries")
    #expect(
      line([("b", false)])
        == "bad      FFmpeg        5 reads none of these, not b; install FFmpeg's full libraries")
  }
}
