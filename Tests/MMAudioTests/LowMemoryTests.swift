import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

@Suite struct LowMemoryTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Bytes of a file's mapped pages that this process has resident.
  private func residentBytes(of url: URL) throws -> Int {
    // `String(contentsOfFile:)` stops after the first piece of a file that has no size.
    let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps"))
    let maps = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    var isOfFile = false
    var total = 0
    for line in maps.split(separator: "\n") {
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      if words[0].contains("-") {
        isOfFile = line.hasSuffix(url.path)
      } else if isOfFile, words[0] == "Rss:" {
        total += 1024 * (Int(words[1]) ?? 0)
      }
    }
    return total
  }

  @Test(
    "a kernel's pages are let go after its use, and read again for the next", arguments: [1, 3])
  func kernel(taps: Int) throws {
    let (outputs, inputs) = (640, 512)
    let url = scratch.file("a.safetensors")
    let values = SyntheticWeights.tensor("x", [outputs, inputs, taps], seed: 1)
    try SyntheticWeights.write([("x", values)], to: url)
    let x = SyntheticWeights.tensor("y", [1, 20, inputs], seed: 1)
    func run(lowMemory: Bool) throws -> (values: [[Float]], resident: Int) {
      let file = try SafetensorsFile(url, lowMemory: lowMemory)
      let weights = ConvolutionWeights(try file.kernel("x"))
      let outputs = (0..<2).map { _ in convolution1d(x, weights).values }
      return try withExtendedLifetime(weights) { (outputs, try residentBytes(of: url)) }
    }
    let (kept, dropped) = (try run(lowMemory: false), try run(lowMemory: true))
    #expect(dropped.values == kept.values)
    #expect(dropped.values[0] == dropped.values[1])
    let size = 4 * values.count
    #expect(kept.resident >= size, "\(kept.resident) of \(size)")
    #expect(dropped.resident < size / 4, "\(dropped.resident) of \(size)")
  }

  @Test("the stored half of a tensor that was widened is let go")
  func widened() throws {
    let url = scratch.file("half.safetensors")
    let tensor = SyntheticWeights.tensor("x", [1 << 20], seed: 1)
    var writer = try SafetensorsWriter(
      url, entries: [.init(name: "x", shape: tensor.shape, type: .f16)])
    try writer.write(tensor, of: "x")
    try writer.finish()
    func run(lowMemory: Bool) throws -> (values: [Float], resident: Int) {
      let file = try SafetensorsFile(url, lowMemory: lowMemory)
      return try withExtendedLifetime(file) {
        (try file.tensor("x").values, try residentBytes(of: url))
      }
    }
    let (kept, dropped) = (try run(lowMemory: false), try run(lowMemory: true))
    #expect(dropped.values == kept.values)
    #expect(kept.resident >= 2 << 20)
    #expect(dropped.resident < 1 << 19)
  }

  @Test("a stage on a folder with low memory gives the same, with little of its file resident")
  func stage() throws {
    let variant = ModelVariant.published[0]
    // A copy: tests that run beside this one map the shared file.
    let name = ModelFile.flow(variant).name
    try FileManager.default.copyItem(
      at: SyntheticWeights.sharedModels().appendingPathComponent(name), to: scratch.file(name))
    func run(lowMemory: Bool) throws -> (values: [Float], resident: Int) {
      var folder = ModelFolder(path: scratch.url.path)
      folder.lowMemory = lowMemory
      var resident = 0
      let stages = Stages(models: folder) { progress in
        guard progress.done == progress.total else { return }
        resident = try residentBytes(of: scratch.file(name))
      }
      var request = GenerationRequest()
      request.steps = 2
      let width = try WeightScope(try ModelFile.flow(variant).open(in: folder))
        .shape("empty_string_feat", rank: 2)[1]
      let text = SyntheticWeights.tensor("text", [CLIPTokenizer.contextLength, width], seed: 1)
      let latents = try stages.sample(
        variant, plan: WindowPlan(seconds: 1, rate: variant.rate), request: request,
        clip: nil, sync: nil, text: text, negativeText: text)
      return (latents[0].values, resident)
    }
    let (kept, dropped) = (try run(lowMemory: false), try run(lowMemory: true))
    #expect(dropped.values == kept.values)
    #expect(kept.resident > 16 << 20, "\(kept.resident)")
    #expect(dropped.resident < kept.resident / 4, "\(dropped.resident) of \(kept.resident)")
  }
}
