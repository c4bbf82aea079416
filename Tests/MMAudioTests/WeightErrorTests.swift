import Testing

@testable import MMAudio

@Suite struct WeightErrorTests {
  static let messages: [(WeightError, String)] = [
    (.fileMissing(path: "a.pth"), "there is no file 'a.pth'; check the path"),
    (
      .modelFilesMissing(folder: "m", files: [.vaeDecoder(.rate16k)], variant: .standard),
      "'m' lacks the 16k mel decoder; run `mmaudio models pull large_44k_v2 --models m`"
    ),
    (
      .modelFilesMissing(
        folder: "my 'own' models", files: [.clipText, .clipImage, .synchformer],
        variant: .standard),
      "'my 'own' models' lacks the CLIP text encoder, the CLIP image encoder, the Synchformer; run "
        + "`mmaudio models pull large_44k_v2 --models 'my '\\''own'\\'' models'`"
    ),
    (
      .truncated(path: "a.pth", part: "its zip directory"),
      "'a.pth' ends too early: its zip directory is incomplete; download or convert it again"
    ),
    (
      .notACheckpoint(path: "a.pth"),
      "'a.pth' is not a checkpoint: expected a PyTorch zip file or safetensors; download it again"
    ),
    (
      .legacyCheckpoint(path: "a.pth"),
      "'a.pth' is in PyTorch's format from before 1.6; load it in PyTorch and save it again with "
        + "torch.save"
    ),
    (
      .forbiddenGlobal(path: "a.pth", name: "posix.system"),
      "'a.pth' asks for the Python object 'posix.system', which no weight file needs; do not trust "
        + "this file"
    ),
    (
      .missing(path: "a", tensor: "x.weight"),
      "'a' has no tensor 'x.weight'; download or convert it again"
    ),
    (
      .shippedFilesMissing(folder: "/m", files: [.flow(.nano), .synchformer]),
      "'/m' lacks the flow network nano_16k, the Synchformer, which ship with mmaudio; leave out "
        + "--models, or install mmaudio again"
    ),
    (
      .shape(path: "a", tensor: "x", expected: [2, 3], found: [3, 2]),
      "tensor 'x' in 'a' has shape [3, 2], expected [2, 3]; download or convert it again"
    ),
    (
      .leftOver(path: "a", tensors: ["p", "q", "r", "s"]),
      "'a' has 4 unknown tensors: 'p', 'q', 'r', …; expected a published MMAudio network"
    ),
    (
      .nonFinite(path: "a", tensor: "x"),
      "tensor 'x' in 'a' holds NaN or infinity; download or convert it again"
    ),
    (
      .unknownVariant(name: "huge"),
      "there is no variant 'huge'; choose one of nano_16k, small_16k, small_44k, medium_44k, "
        + "large_44k, large_44k_v2"
    ),
    (
      .variantNeeded(path: "x.pth"),
      "cannot tell the variant of the flow network 'x.pth' from its name; pass --variant with one "
        + "of nano_16k, small_16k, small_44k, medium_44k, large_44k, large_44k_v2"
    ),
    (
      .unrecognizedNetwork(path: "x.pth", tensors: []),
      "'x.pth' holds no network that MMAudio uses (found no tensors); expected one of MMAudio's "
        + "published files"
    ),
    (
      .output(.temporaryFolderFull(path: "a", needed: 3 << 20, free: 1 << 20)),
      "the folder 'a' for temporary files has 1 MiB left, expected 3 MiB; free some space or set "
        + "TMPDIR to a folder on another disk."
    ),
    (
      .output(.diskFull(path: "a")),
      "'a' cannot be written, the disk is full; free some space or choose another disk."
    ),
  ]

  @Test("messages say what happened, what was expected and what to do", arguments: messages)
  func message(error: WeightError, expected: String) {
    #expect("\(error)" == expected)
  }

  @Test("names from hostile files cannot break the line or the terminal")
  func hostileNames() {
    let error = WeightError.missing(path: "a", tensor: "x\n\u{1B}[31m\u{202E}\r")
    #expect("\(error)" == "'a' has no tensor 'x��[31m��'; download or convert it again")
    let long = WeightError.missing(path: "a", tensor: String(repeating: "x", count: 1_000_000))
    #expect("\(long)".count < 600)
  }
}
