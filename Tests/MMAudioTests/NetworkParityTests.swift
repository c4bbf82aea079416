import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// Every network on the tiny synthetic models against the reference's outputs for the same inputs.
///
/// The reference is PyTorch in float32 on a CPU; `rel` is the largest difference over the largest
/// golden value.
@Suite struct NetworkParityTests {
  private func golden(_ name: String) throws -> SafetensorsFile {
    try SafetensorsFile(
      try sharedFixtures().appendingPathComponent("golden/\(name).safetensors"))
  }

  private func run(
    _ stage: StageRunner.Name, on file: SafetensorsFile,
    _ configure: (inout StageRunner.Options) -> Void = { _ in }
  ) throws -> [String: Tensor] {
    var options = StageRunner.Options()
    configure(&options)
    let runner = try StageRunner(
      models: ModelFolder(path: try SyntheticWeights.sharedModels().path),
      input: URL(fileURLWithPath: file.path), options: options)
    return Dictionary(
      uniqueKeysWithValues: try runner(stage).compactMap { output in
        guard case .float32(let tensor) = output.values else { return nil }
        return (output.name, tensor)
      })
  }

  private func expect(
    _ outputs: [String: Tensor], matching file: SafetensorsFile, _ names: [String],
    within tolerance: Float = 2e-4, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for name in names {
      let output = try #require(outputs[name], sourceLocation: sourceLocation)
      expectClose(
        output, try file.tensor(name), within: tolerance, name, sourceLocation: sourceLocation)
    }
  }

  @Test("CLIP's towers give the reference's image and text features")
  func clip() throws {
    let file = try golden("tiny_clip")
    try expect(try run(.clipImage, on: file), matching: file, ["image_features"])
    try expect(try run(.clipText, on: file), matching: file, ["text_features"])
  }

  @Test("equal neighbouring frames get equal features, others their own")
  func repeatedFrames() throws {
    let file = try golden("tiny_clip")
    let size = 3 * CLIPImageEncoder.imageSize * CLIPImageEncoder.imageSize
    let pair = try file.bytes(of: "frames_u8")
    let (a, b) = (pair[..<size], pair[size...])
    let stages = Stages(models: ModelFolder(path: try SyntheticWeights.sharedModels().path)) { _ in
    }
    let features = try stages.clipFeatures(Array(a + a + b + b + b + a), count: 6)
    let golden = try file.tensor("image_features")
    expectClose(
      features, gatherRows(golden, [0, 0, 1, 1, 1, 0]), within: 2e-4, "repeated image_features")
  }

  @Test("Synchformer gives the reference's sync features")
  func synchformer() throws {
    let file = try golden("tiny_sync")
    let count = 40
    // u8(round((sin(y (c + 1) + 0.3 i) cos(2 x + c + 0.2 i) 0.4 + 0.5) 255)), x and y from 0 to 6.28
    let axis = (0..<224).map { Double($0) * (6.28 / 223) }
    var frames: [UInt8] = []
    for i in 0..<count {
      for c in 0..<3 {
        let sines = axis.map { sin($0 * Double(c + 1) + 0.3 * Double(i)) }
        let cosines = axis.map { cos($0 * 2 + Double(c) + 0.2 * Double(i)) }
        for sine in sines {
          for cosine in cosines {
            frames.append(UInt8(((sine * cosine * 0.4 + 0.5) * 255).rounded(.toNearestOrEven)))
          }
        }
      }
    }
    let stages = Stages(models: ModelFolder(path: try SyntheticWeights.sharedModels().path)) { _ in
    }
    let features = try stages.syncFeatures(frames, count: count)
    let golden = try file.tensor("sync_features")
    expectClose(features.reshaped(golden.shape), golden, within: 2e-4, "sync_features")
  }

  @Test(
    "the flow network gives the reference's conditions, flows and latents",
    arguments: [
      ("small_16k", 8.0), ("small_44k", 2.5), ("large_44k_v2", 8.0),
    ])
  func flow(variant: String, seconds: Double) throws {
    let file = try golden("tiny_flow_\(variant)_\(seconds)s")
    func options(_ options: inout StageRunner.Options) {
      options.variant = ModelVariant(named: variant)
      options.seconds = seconds
    }
    try expect(
      try run(.conditions, on: file, options), matching: file,
      ["cond_clip_f", "cond_sync_f", "cond_text_f", "cond_clip_c", "cond_text_c"])
    try expect(
      try run(.flow, on: file, options), matching: file, ["flow_cond", "flow_empty", "flow_cfg"])
    try expect(
      try run(.sample, on: file, options), matching: file, ["latent", "latent_unnormalized"],
      within: 1e-3)
  }

  @Test("VAE and vocoder give the reference's mel, moments and audio", arguments: ["16k", "44k"])
  func decoding(rate: String) throws {
    let file = try golden("tiny_decode_\(rate)")
    try expect(try run(.vaeDecode, on: file), matching: file, ["mel"])
    try expect(try run(.vaeEncode, on: file), matching: file, ["enc_mean", "enc_std"])
    try expect(try run(.vocode, on: file), matching: file, ["audio"])
  }

  @Test("guidance below 1 skips the empty pass and equals the conditional flow")
  func withoutGuidance() throws {
    let file = try golden("tiny_flow_small_44k_2.5s")
    let outputs = try run(.flow, on: file) {
      $0.variant = ModelVariant(named: "small_44k")
      $0.seconds = 2.5
      $0.guidance = 0.5
    }
    #expect(outputs["flow_cfg"]?.values == outputs["flow_cond"]?.values)
  }

  @Test(
    "a video file becomes the reference's waveform, to 50 dB",
    arguments: [
      ("e2e_tiny_v2a_16k", "a_30fps.mp4", false), ("e2e_tiny_maskclip_16k", "c_10fps.webm", true),
    ])
  func wholePipeline(name: String, video: String, masked: Bool) throws {
    let file = try golden(name)
    var request = GenerationRequest()
    request.video = try sharedFixtures().appendingPathComponent("videos/\(video)").path
    request.prompt = try #require(file.metadata["prompt"])
    request.negativePrompt = try #require(file.metadata["negative"])
    request.steps = try #require(file.metadata["steps"].flatMap(Int.init))
    request.guidance = try #require(file.metadata["cfg"].flatMap(Float.init))
    request.seed = try #require(file.metadata["noise_seed"].flatMap(UInt64.init))
    // As an optional, it would satisfy `#require` itself.
    let seconds: Double = try #require(file.metadata["duration"].flatMap { Double($0) })
    request.seconds = seconds
    request.window = seconds
    request.maskVideo = masked
    let pipeline = Pipeline(
      models: ModelFolder(path: try SyntheticWeights.sharedModels().path),
      variant: try #require(ModelVariant(named: "small_16k")))
    var stages: [StageProgress.Stage] = []
    let sound = try withoutActuallyEscaping({ (progress: StageProgress) in
      if stages.last != progress.stage { stages.append(progress.stage) }
    }) { try pipeline(request, progress: $0) }
    let golden = try file.tensor("audio").values
    let waveform = sound.takes[0]
    #expect(sound.takes.count == 1)
    #expect(waveform.sampleRate == 16_000)
    #expect(waveform.samples.count == golden.count)
    #expect(signalToNoise(waveform.samples, golden) >= 50)
    #expect(
      stages == StageProgress.Stage.allCases.filter { $0 != .encodeFrames || !masked })
  }

  private func signalToNoise(_ samples: [Float], _ golden: [Float]) -> Double {
    let signal = golden.reduce(0.0) { $0 + Double($1) * Double($1) }
    let noise = zip(samples, golden).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    return 10 * log10(signal / max(noise, 1e-30))
  }
}

/// Expects equal shapes and values within `tolerance` of the largest golden magnitude.
private func expectClose(
  _ result: Tensor, _ golden: Tensor, within tolerance: Float, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let difference = TensorDifference(result, golden)
  #expect(
    difference.relative <= tolerance, "\(name): \(difference)", sourceLocation: sourceLocation)
}
