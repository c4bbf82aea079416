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
      .pickledObject(path: "a.pth", key: "model", name: "my.Model"),
      "'a.pth' holds the Python object 'my.Model' as 'model', expected tensors; save only the state dict: "
        + "torch.save(model.state_dict(), 'weights.pth')"
    ),
    (
      .pickledObject(path: "a.pth", key: "", name: "my.Model"),
      "'a.pth' holds the Python object 'my.Model', expected tensors; save only the state dict: "
        + "torch.save(model.state_dict(), 'weights.pth')"
    ),
    (
      .program(path: "a.pt", format: "TorchScript"),
      "'a.pt' is a TorchScript program, expected weights alone; load it in PyTorch and save only its state "
        + "dict: torch.save(model.state_dict(), 'weights.pth')"
    ),
    (
      .shard(path: "model-00001-of-00003.safetensors", .part(1, of: 3)),
      "'model-00001-of-00003.safetensors' is part 1 of 3 of a checkpoint, expected one file with all "
        + "tensors; load all parts in Python and save them as one"
    ),
    (
      .shard(path: "model.safetensors.index.json", .index),
      "'model.safetensors.index.json' is the index of a checkpoint in several files, expected one file with "
        + "all tensors; load all parts in Python and save them as one"
    ),
    (
      .missing(path: "a", tensor: "x.weight"),
      "'a' has no tensor 'x.weight'; download or convert it again"
    ),
    (
      .shippedFilesMissing(folder: "/m", files: [.flow(.nano), .synchformer]),
      "'/m' lacks the flow network nano_16k, the Synchformer, which ship with mmaudio; install "
        + "mmaudio again, or leave out --models if you passed it"
    ),
    (
      .shape(path: "a", tensor: "x", expected: [2, 3], found: [3, 2]),
      "tensor 'x' in 'a' has shape [3, 2], expected [2, 3]; download or convert it again"
    ),
    (
      .leftOver(path: "a", tensors: ["p", "q", "r", "s"]),
      "'a' has 4 unknown tensors: 'p', 'q', 'r', …, expected those of a published MMAudio network; "
        + "download or convert it again"
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
      .variantNeeded(path: "x.pth", [.nano, .published[0]]),
      "cannot tell the variant of the flow network 'x.pth' from its name or its sizes; pass --variant "
        + "with one of nano_16k, small_16k"
    ),
    (
      .unrecognizedNetwork(path: "x.pth", tensors: []),
      "'x.pth' holds no tensors, expected one of MMAudio's published files; run `mmaudio models pull "
        + "large_44k_v2` to get them"
    ),
    (
      .unrecognizedNetwork(path: "x.pth", tensors: ["conv1.weight", "layer1.0.conv1.weight"]),
      "'x.pth' holds none of MMAudio's networks, but a ResNet (2 tensors: 'conv1.weight', "
        + "'layer1.0.conv1.weight'), expected one of MMAudio's published files; run `mmaudio models "
        + "pull large_44k_v2` to get them"
    ),
    (
      .unrecognizedNetwork(path: "x.pth", tensors: ["a"]),
      "'x.pth' holds none of MMAudio's networks, but 1 tensor: 'a', expected one of MMAudio's published "
        + "files; run `mmaudio models pull large_44k_v2` to get them"
    ),
    (
      .unrecognizedNetwork(path: "d.pt", tensors: ["discriminators.0.convs.0.weight_g"]),
      "'d.pt' holds none of MMAudio's networks, but a discriminator of BigVGAN (1 tensor: "
        + "'discriminators.0.convs.0.weight_g'), expected its generator, bigvgan_generator.pt or "
        + "best_netG.pt; give that instead"
    ),
    (
      .unrecognizedNetwork(
        path: "c.bin", tensors: ["text_model.encoder.layers.0.layer_norm1.weight"]),
      "'c.bin' holds none of MMAudio's networks, but CLIP as Transformers names its tensors (1 tensor: "
        + "'text_model.encoder.layers.0.layer_norm1.weight'), expected open_clip_pytorch_model.bin; give "
        + "that instead"
    ),
    (
      .unrecognizedNetwork(path: "o.pth", tensors: ["step", "exp_avg", "exp_avg_sq"]),
      "'o.pth' holds none of MMAudio's networks, but the state of an optimizer (3 tensors: 'step', "
        + "'exp_avg', 'exp_avg_sq'), expected the weights that training saves as NAME_last.pth or "
        + "NAME_ema_final.pth; give that instead"
    ),
    (
      .otherSize(
        path: "x.pt", network: "vocoder", problem: "it has 100 mel bands, expected 80 or 128"),
      "'x.pt' holds a vocoder that MMAudio has no use for: it has 100 mel bands, expected 80 or 128, as "
        + "in one of MMAudio's published files; run `mmaudio models pull large_44k_v2` to get them"
    ),
    (
      .otherName(
        path: "v1-44.pth", found: [.vaeDecoder(.rate16k), .vaeEncoder(.rate16k)],
        expected: [.vaeDecoder(.rate44k), .vaeEncoder(.rate44k)]),
      "'v1-44.pth' holds the 16k mel decoder, the 16k mel encoder, expected the 44k mel decoder, the 44k "
        + "mel encoder; download v1-44.pth again, or name this file v1-16.pth"
    ),
    (
      .wrongNetwork(
        path: "m/vae_44k.safetensors", found: "the Synchformer", expected: .vaeDecoder(.rate44k)),
      "'m/vae_44k.safetensors' holds the Synchformer, expected the 44k mel decoder; run `mmaudio convert "
        + "v1-44.pth -o m --force`, and do not rename what it writes"
    ),
    (
      .publishedUnderModelName(path: "m/vae_44k.safetensors", found: [.vaeDecoder(.rate44k)]),
      "'m/vae_44k.safetensors' holds the 44k mel decoder as published, expected what `mmaudio convert` "
        + "makes of it; name it v1-44.pth again and run `mmaudio convert m -o m`"
    ),
    (
      .notConverted(folder: "my models", published: ["mmaudio_small_16k.pth", "v1-16.pth"]),
      "'my models' has published files that are not converted ('mmaudio_small_16k.pth', 'v1-16.pth'), "
        + "expected what `mmaudio convert` makes of them; run `mmaudio convert 'my models' -o 'my models'`"
    ),
    (
      .misnamed(folder: "m", name: "mine 2.safetensors", file: .synchformer),
      "'m' has the Synchformer under the name 'mine 2.safetensors', expected 'synchformer.safetensors'; "
        + "run `mv 'm/mine 2.safetensors' m/synchformer.safetensors`"
    ),
    (
      .modelFilesMissing(
        folder: "m", files: [.flow(.standard), .vocoder(.rate44k)], variant: .standard,
        others: [.published[0]]),
      "'m' lacks the flow network large_44k_v2, the 44k vocoder; run `mmaudio models pull large_44k_v2 "
        + "--models m`, or pass --variant small_16k, which is there"
    ),
    (
      .alreadyConverted(path: "a", found: .clipText),
      "'a' was written by `mmaudio convert` already, it holds the CLIP text encoder; give the published "
        + "file instead"
    ),
    (
      .wrongVariant(
        path: "x.pth", variant: .standard, problem: "its latents have 20 channels, expected 40",
        fitting: [.published[0]]),
      "'x.pth' is not large_44k_v2: its latents have 20 channels, expected 40; it fits small_16k, pass "
        + "that with --variant"
    ),
    (
      .wrongVariant(
        path: "x.pth", variant: .standard, problem: "its latents have 30 channels, expected 40",
        fitting: []),
      "'x.pth' is not large_44k_v2: its latents have 30 channels, expected 40; it fits no variant, give "
        + "another file"
    ),
    (
      .notFlow(path: "v1-16.pth", found: [.vaeDecoder(.rate16k), .vaeEncoder(.rate16k)]),
      "'v1-16.pth' holds the 16k mel decoder, the 16k mel encoder, expected a flow network; pass one with "
        + "--flow-weights, and a folder with the others with --models"
    ),
    (
      .convertedAs(path: "x.safetensors", variant: .published[0]),
      "'x.safetensors' was converted as small_16k; leave out --variant, or pass --variant small_16k"
    ),
    (
      .cache(folder: "/c", .cannotCreate(path: "/c/x", reason: "Permission denied")),
      "the converted flow network cannot be kept in '/c': Permission denied; set XDG_CACHE_HOME to a "
        + "folder that has room and that you may write to"
    ),
    (
      .cache(folder: "/c", .diskFull(path: "/c/x")),
      "the converted flow network cannot be kept in '/c': the disk is full; set XDG_CACHE_HOME to a folder "
        + "that has room and that you may write to"
    ),
    (
      .unsupportedElementType(path: "a.pth", tensor: "x", type: "complex64"),
      "tensor 'x' in 'a.pth' is stored as complex64, which is not supported here; save it as float32"
    ),
    (
      .leftOver(path: "a", tensors: ["p"]),
      "'a' has 1 unknown tensor: 'p', expected those of a published MMAudio network; download or convert "
        + "it again"
    ),
    (
      .alreadyConverted(path: "a", found: nil),
      "'a' was written by `mmaudio convert` already; give the published file instead"
    ),
    (
      .notFlow(path: "x.pth", found: []),
      "'x.pth' holds no network that we know, expected a flow network; pass one with --flow-weights, and a "
        + "folder with the others with --models"
    ),
    (
      .output(.temporaryFolderFull(path: "a", needed: 3 << 20, free: 1 << 20)),
      "the folder 'a' for temporary files has 1 MiB left, expected 3 MiB; free some space or set "
        + "TMPDIR to a folder on another disk"
    ),
    (
      .output(.diskFull(path: "a")),
      "'a' cannot be written, the disk is full; free some space or choose another disk"
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
