import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

@Suite struct BenchmarkTests {
  private func work(_ file: ModelFile, _ variant: String) throws -> DirectWork {
    let output = try PublishedSizes.output(file, variant: try #require(.init(named: variant)))
    return DirectWork(
      shapes: Dictionary(uniqueKeysWithValues: output.tensors.map { ($0.name, $0.convertedShape) }))
  }

  @Test("operations of the encoders are those counted in the reference")
  func encoderWork() throws {
    #expect((try work(.clipText, "small_16k").clipText(prompts: 2) / 1e9).rounded() == 94)
    #expect((try work(.clipImage, "small_16k").clipImage(frames: 1) / 1e9).rounded() == 1007)
    #expect((try work(.synchformer, "small_16k").synchformer(segments: 1) / 1e9).rounded() == 394)
  }

  @Test(
    "operations of a flow pass over 8 s are those counted in the reference",
    arguments: [
      ("small_16k", 57.3), ("small_44k", 78.4), ("medium_44k", 306), ("large_44k_v2", 514),
    ])
  func flowWork(name: String, expected: Double) throws {
    let variant = try #require(ModelVariant(named: name))
    let pass = try work(.flow(variant), name)
      .flowPass(SequenceLengths(seconds: 8, rate: variant.rate))
    #expect(abs(pass / 1e9 - expected) <= (expected < 100 ? 0.05 : 0.5), "\(pass)")
  }

  @Test(
    "operations of decoding 8 s are those counted in the reference",
    arguments: [("small_16k", 53.0, 917.0), ("small_44k", 129, 2529)])
  func decodingWork(name: String, decoder: Double, vocoder: Double) throws {
    let variant = try #require(ModelVariant(named: name))
    let latents = SequenceLengths(seconds: 8, rate: variant.rate).latent
    let decoding = try work(.vaeDecoder(variant.rate), name).vaeDecoder(latentTokens: latents)
    #expect((decoding / 1e9).rounded() == decoder)
    let vocoding = try work(.vocoder(variant.rate), name).vocoder(melFrames: 2 * latents)
    #expect((vocoding / 1e9).rounded() == vocoder)
  }

  @Test(
    "published sizes have as many tensors and values as the converted published files",
    arguments: [
      ("small_16k", ModelFile.clipImage, 392, 632_682_240),
      ("small_16k", .clipText, 292, 352_984_064), ("small_16k", .synchformer, 236, 121_850_112),
      ("small_16k", .vaeDecoder(.rate16k), 31, 99_127_456),
      ("small_44k", .vaeDecoder(.rate44k), 31, 176_341_248),
      ("small_16k", .vaeEncoder(.rate16k), 26, 72_530_080),
      ("small_44k", .vaeEncoder(.rate44k), 26, 129_138_944),
      ("small_16k", .vocoder(.rate16k), 451, 112_199_485),
      ("small_44k", .vocoder(.rate44k), 450, 122_152_764),
      ("small_16k", .flow(ModelVariant.published[0]), 251, 157_283_644),
      ("small_44k", .flow(ModelVariant.published[1]), 251, 157_409_144),
      ("large_44k_v2", .flow(ModelVariant.published[4]), 416, 1_030_575_608),
    ])
  func publishedSizes(variant: String, file: ModelFile, tensors: Int, values: Int) throws {
    let output = try PublishedSizes.output(file, variant: try #require(.init(named: variant)))
    #expect(output.tensors.count == tensors)
    #expect(output.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) } == values)
  }

  @Test("a synthetic flow network tells features apart, keeps their size, and goes with its owner")
  func syntheticFlow() throws {
    var models: SyntheticModels? = try SyntheticModels()
    let folder = try #require(models).folder
    let variant = ModelVariant.published[0]
    let model = ModelFile.flow(variant)
    try models?.make(model, variant: variant)
    let network = try FlowNetwork(WeightScope(model.open(in: folder)))
    let lengths = SequenceLengths(seconds: 8, rate: variant.rate)
    var random = TorchRandom(seed: 0)
    let empty = network.project.emptyFeatures(lengths)
    let conditions = network.project(
      Features(clip: empty.clip, sync: random.normal([lengths.sync, 768]), text: empty.text))
    #expect(conditions.sync[0].rows.shape[0] == 192)
    let flow = network(
      [random.normal([lengths.latent, network.latentChannels])], time: 0.5, conditions,
      network.positions(lengths))
    let magnitudes = flow.values.map(abs)
    #expect(magnitudes.allSatisfy { $0 < 100 })
    #expect(magnitudes.reduce(0, +) / Float(magnitudes.count) > 0.001)
    #expect(throws: WeightError.self) { try models?.requireRoom(for: .max) }
    models?.remove(model)
    #expect(!folder.contains(model))
    models = nil
    #expect(!FileManager.default.fileExists(atPath: folder.url.path))
  }

  @Test("synthetic values: kernels by their fan-in without a channel twice, norms 1, snakes 0")
  func syntheticValues() throws {
    let scratch = try ScratchFolder()
    let vocoder = try PublishedSizes.output(.vocoder(.rate16k), variant: ModelVariant.published[0])
    let flow = try PublishedSizes.output(
      .flow(ModelVariant.published[0]), variant: ModelVariant.published[0])
    let kernelName = "joint_blocks.0.latent_block.linear1.weight"
    let names: Set = [
      "filter", "activation_post.act.alpha", "latent_std", "t_embed.mlp.0.bias", kernelName,
    ]
    let tensors = (vocoder.tensors + flow.tensors).filter { names.contains($0.name) }
    #expect(tensors.count == names.count)
    let url = scratch.file("a.safetensors")
    var writer = try SafetensorsWriter(
      url, entries: tensors.map { .init(name: $0.name, shape: $0.convertedShape, type: .f32) })
    var values = SyntheticValues()
    for tensor in tensors { try values.write(tensor, to: &writer) }
    try writer.finish()

    let file = try SafetensorsFile(url)
    #expect(try file.tensor("filter").values == AliasFreeFilter.taps)
    #expect(try file.tensor("latent_std").values.allSatisfy { abs($0 - 1) <= 0.1 })
    for name in ["activation_post.act.alpha", "t_embed.mlp.0.bias"] {
      #expect(try file.tensor(name).values.allSatisfy { abs($0) <= 0.05 && $0 != 0 })
    }
    let kernel = try file.tensor(kernelName).values  // panels of 16 outputs
    let deviation = (kernel.reduce(0) { $0 + $1 * $1 } / Float(kernel.count)).squareRoot()
    let fanIn = 3 * 448
    #expect(abs(deviation * Float(fanIn).squareRoot() - 0.5) < 0.01, "\(deviation)")
    let outputs = (0..<448).map { output in
      (0..<fanIn).map { kernel[(output / 16 * fanIn + $0) * 16 + output % 16].bitPattern }
    }
    #expect(Set(outputs).count == outputs.count)
  }

  @Test("every stage is timed on the models in the folder")
  func tinyModels() throws {
    var options = Benchmark.Options(variant: ModelVariant.published[0])
    options.seconds = 1
    options.steps = 1
    options.productSize = 64
    options.longEnough = 0
    let models = ModelFolder(path: try SyntheticWeights.sharedModels().path)
    var stages: [Benchmark.Stage] = []
    let report = try Benchmark(models: models, options: options)() { stages.append($0) }
    #expect(stages == Benchmark.Stage.allCases)
    #expect(report.rows.map(\.stage) == stages)
    #expect(report.rows.map(\.units) == [1, 8, 2, 25, 1, 1])
    #expect(report.rows.map(\.unitsTimed) == [1, 8, 2, 1, 1, 1])
    for row in report.rows {
      #expect(!row.synthetic)
      #expect(row.seconds > 0 && row.gflop > 0 && row.loadSeconds >= 0)
    }
    #expect(abs(report.rows.reduce(0) { $0 + $1.share } - 1) < 1e-9)
  }

  @Test("impossible options are refused before anything runs")
  func refusals() {
    var options = Benchmark.Options(variant: ModelVariant.published[0])
    options.steps = 0
    let benchmark = Benchmark(models: ModelFolder(path: "nowhere"), options: options)
    #expect(throws: RequestError.steps(found: 0, most: GenerationRequest.mostSteps)) {
      try benchmark { _ in }
    }
  }

  private let report: BenchmarkReport = {
    var options = Benchmark.Options(variant: ModelVariant.published[0])
    options.stages = [.encodeFrames, .vocode]
    return BenchmarkReport(
      options, productRate: 100e9,
      [
        .init(
          stage: .encodeFrames, isSynthetic: true, unit: "frames", timed: 8, total: 64,
          loading: 0.5, seconds: 1234.5, operations: 64_450e9, peakMemory: 2_600_000_000),
        .init(
          stage: .vocode, isSynthetic: false, unit: "runs", timed: 1, total: 1,
          loading: 1, seconds: 10, operations: 1250e9, peakMemory: nil),
      ])
  }()

  @Test("the table's columns are aligned and fit a terminal")
  func table() {
    let lines = report.table.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines.dropFirst(4).joined(separator: "\n") == """
        stage            load s     run s     GFLOP  GFLOP/s  of peak  peak MB   share
        encode-frames*     0.50  ~1234.50   64450.0     52.2     0.52     2600   99.1%
        vocode             1.00     10.00    1250.0    125.0     1.25        -    0.9%
        all                1.50  ~1244.50   65700.0     52.8     0.53     2600  100.0%

        GFLOP are those of the direct algorithm; a rate beyond the peak is work saved.
        * Synthetic weights of the published sizes.
        ~ Scaled up from 8 of 64 frames.
        """)
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines[0] == "small_16k, 8.00 s from a video")
    #expect(lines[2] == "sgemm peak 100.0 GFLOP/s")
  }

  @Test("JSON is one object that says the same")
  func json() throws {
    let text = try report.json()
    #expect(!text.contains("\n"))
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["variant"] as? String == "small_16k")
    #expect(object["peakGflopPerSecond"] as? Double == 100)
    #expect(object["threads"] as? Int == threadCount)
    let rows = try #require(object["rows"] as? [[String: Any]])
    #expect(rows.map { $0["stage"] as? String } == ["encode-frames", "vocode"])
    #expect(rows[0]["seconds"] as? Double == 1234.5)
    #expect(rows[0]["unitsTimed"] as? Int == 8)
    #expect(rows[1]["ratioToPeak"] as? Double == 1.25)
    #expect(rows[1]["peakMemoryMB"] == nil)
  }

  @Test("what was not run counts at the median pace after the first report")
  func timeline() {
    var timeline = Timeline()
    #expect(timeline.loading == 0 && timeline.seconds(for: 3) == 0)
    timeline.mark(0, at: 2)
    #expect(timeline.loading == 2)
    timeline.mark(4, at: 10)
    #expect(timeline.seconds(for: 4) == 8)
    #expect(timeline.seconds(for: 8) == 16)
    for (done, seconds) in [(8, 14.0), (12, 18), (16, 30)] { timeline.mark(done, at: seconds) }
    #expect(timeline.seconds(for: 16) == 28)
    #expect(timeline.seconds(for: 20) == 28 + 4 * 1)
  }

  @Test("peak memory is read from the process's status")
  func peakMemory() throws {
    #expect(PeakMemory.peak(inStatus: "VmPeak:\t 9 kB\nVmHWM:\t   1234 kB\n") == 1234 * 1024)
    #expect(PeakMemory.peak(inStatus: "VmPeak:\t 9 kB\n") == nil)
    let memory = PeakMemory()
    let block = Tensor.zeros([32 << 20])
    #expect(try #require(memory.bytes) >= 4 * block.count)
  }
}
