import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// What encoders made, kept for the next run.
@Suite struct FeatureCacheTests {
  private let scratch: ScratchFolder
  private let models: ModelFolder

  init() throws {
    scratch = try ScratchFolder()
    models = ModelFolder(path: try SyntheticWeights.sharedModels().path)
  }

  private func cache(limit: Int = 1_000_000) -> FeatureCache {
    FeatureCache(url: scratch.file("features"), limit: limit)
  }

  private func key(_ content: [UInt8], models: ModelFolder? = nil) throws -> FeatureKey {
    try content.withUnsafeBytes { bytes in
      Result { () throws(WeightError) in
        try FeatureKey(.clipImage, in: models ?? self.models, content: bytes, counts: [1])
      }
    }.get() ?? { throw CocoaError(.featureUnsupported) }()
  }

  private func path(_ key: FeatureKey) -> URL { scratch.file("features/\(key.path)") }

  /// Text features by way of `cache`, and whether the encoder ran.
  private func encode(
    _ prompt: String, _ cache: FeatureCache?, models: ModelFolder? = nil
  ) throws -> (values: [Float], ran: Bool) {
    var steps: [Int] = []
    let stages = Stages(models: models ?? self.models, cache: cache) { steps.append($0.done) }
    let features = try stages.textFeatures([prompt, ""])
    #expect(steps.last == 1)
    return (features.flatMap(\.values), steps.first == 0)
  }

  @Test("the second time an encoder does not run, and its features are the same")
  func warm() throws {
    let plain = try encode("rain", nil)
    for ran in [true, false] {
      let (values, didRun) = try encode("rain", cache())
      #expect(values == plain.values)
      #expect(didRun == ran)
    }
    let other = try encode("snow", cache())
    #expect(other.ran)
    #expect(other.values != plain.values)
  }

  @Test("frames are encoded once, and progress is whole at once then")
  func frames() throws {
    let cache = cache()
    let clip = [UInt8](repeating: 7, count: 2 * 3 * 384 * 384)
    let sync = [UInt8](repeating: 9, count: 24 * 3 * 224 * 224)
    func run(_ cache: FeatureCache?) throws -> (values: [[Float]], steps: [[Int]]) {
      var steps: [[Int]] = []
      let stages = Stages(models: models, cache: cache) { steps.append([$0.done, $0.total]) }
      let features = [
        try stages.clipFeatures(clip, count: 2), try stages.syncFeatures(sync, count: 24),
      ]
      return (features.map(\.values), steps)
    }
    let plain = try run(nil)
    let cold = try run(cache)
    #expect(cold.values == plain.values && cold.steps == plain.steps)
    let warm = try run(cache)
    #expect(warm.values == plain.values)
    #expect(warm.steps == [[2, 2], [2, 2]])
  }

  @Test("an entry that is damaged goes, and is made again")
  func damaged() throws {
    let plain = try encode("rain", cache())
    let file = try #require(CacheContents(scratch.file("features")).entries.first).path
    let whole = try Data(contentsOf: URL(fileURLWithPath: file))
    var (flipped, digest) = (whole, whole)
    flipped[1000] ^= 1
    digest[whole.count - 1] ^= 1
    let row = 2 * CLIPTokenizer.contextLength * 4
    for damage in [
      Data(), whole.dropLast(), whole.prefix(64), whole + [0], flipped, digest,
      whole.dropFirst(row), Data(repeating: 0, count: row) + whole,
    ] {
      try damage.write(to: URL(fileURLWithPath: file))
      let again = try encode("rain", cache())
      #expect(again.ran, "\(damage.count) bytes")
      #expect(again.values == plain.values)
      #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == whole)
    }
  }

  @Test("an entry under another's name is none")
  func renamed() throws {
    let (one, other) = (try key([1]), try key([2]))
    cache().keep(Tensor([1, 2], [3, 4]), for: one)
    try FileManager.default.createDirectory(
      at: path(other).deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: path(one), to: path(other))
    #expect(cache().features(one, rows: [1])?.values == [3, 4])
    #expect(cache().features(other, rows: [1]) == nil)
    #expect(!FileManager.default.fileExists(atPath: path(other).path))
  }

  @Test("a folder that cannot be used costs nothing but time, and is told once")
  func unwritable() throws {
    _ = try scratch.write([], to: "features")
    let cache = cache()
    let plain = try encode("rain", nil)
    for _ in 0..<2 {
      let again = try encode("rain", cache)
      #expect(again.ran && again.values == plain.values)
    }
    #expect(cache.problem?.description.contains("features") == true)
    cache.trim()
  }

  /// A model folder with a text encoder of its own.
  private func models(named name: String, _ metadata: [String: String]) throws -> ModelFolder {
    let folder = scratch.file(name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = try ModelFile.clipText.open(in: models)
    let entries = try file.names.map {
      SafetensorsWriter.Entry(name: $0, shape: try file.shape(of: $0), type: .f32)
    }
    var writer = try SafetensorsWriter(
      folder.appendingPathComponent(ModelFile.clipText.name), entries: entries, metadata: metadata)
    for name in file.names { try writer.write(try file.tensor(name), of: name) }
    try writer.finish()
    return ModelFolder(path: folder.path)
  }

  @Test("another encoder misses, and one that does not say what it is made from is never cached")
  func otherEncoder() throws {
    let metadata = try ModelFile.clipText.open(in: models).metadata
    let same = try models(named: "same", metadata)
    let other = try models(
      named: "other",
      metadata.merging(["source_sha256": String(repeating: "a", count: 64)]) { $1 })
    let silent = try models(named: "silent", metadata.filter { $0.key != "source_sha256" })
    let cache = cache()
    #expect(try encode("rain", cache, models: same).ran)
    #expect(try !encode("rain", cache, models: same).ran)
    #expect(try encode("rain", cache, models: other).ran)
    for _ in 0..<2 { #expect(try encode("rain", cache, models: silent).ran) }
    #expect(CacheContents(cache.url).entries.count == 2)
  }

  @Test("what was not used for longest goes, until a tenth of the room is free")
  func eviction() throws {
    // Ten entries of 104 bytes fit, and the eleventh is found out by `trim`.
    let cache = cache(limit: 1040)
    let keys = try (0..<11).map { try key([$0]) }
    let tensor = Tensor([1, 10], (0..<10).map(Float.init))
    for (age, key) in keys[..<10].enumerated() {
      cache.keep(tensor, for: key)
      var times = [timeval](repeating: timeval(tv_sec: 1_000_000 + age, tv_usec: 0), count: 2)
      utimes(path(key).path, &times)
    }
    cache.trim()
    #expect(CacheContents(cache.url).entries.count == 10)
    // Use makes the oldest the newest.
    #expect(cache.features(keys[0], rows: [1])?.values == tensor.values)
    cache.keep(tensor, for: keys[10])
    cache.trim()
    let here = keys.indices.filter { FileManager.default.fileExists(atPath: path(keys[$0]).path) }
    #expect(here == [0, 3, 4, 5, 6, 7, 8, 9, 10])
    // An entry that is larger than all of the room is not written.
    cache.keep(Tensor.zeros([1, 300]), for: keys[1])
    #expect(cache.features(keys[1], rows: [1]) == nil)
  }

  @Test("only entries are counted and removed")
  func contents() throws {
    let cache = cache()
    let key = try key([1])
    cache.keep(Tensor([1, 2], [3, 4]), for: key)
    let folder = path(key).deletingLastPathComponent()
    for place in [folder, scratch.file("features"), scratch.file("features/clip_image")] {
      try Data([1]).write(to: place.appendingPathComponent("mine.txt"))
    }
    let contents = CacheContents(cache.url)
    #expect(
      contents.kinds == [
        .init(kind: "clip_image", entries: 1, bytes: 72),
        .init(kind: "synchformer", entries: 0, bytes: 0),
        .init(kind: "clip_text", entries: 0, bytes: 0),
      ])
    #expect(contents.remove() == (1, 72))
    #expect(
      try FileManager.default.subpathsOfDirectory(atPath: cache.url.path).filter {
        $0.hasSuffix("mine.txt")
      }.count == 3)
    #expect(CacheContents(cache.url).entries.isEmpty)
  }

  @Test("it stands where XDG says")
  func place() {
    #expect(
      FeatureCache.standardURL(environment: ["XDG_CACHE_HOME": "/a", "HOME": "/b"]).path
        == "/a/mmaudio/features")
    #expect(
      FeatureCache.standardURL(environment: ["HOME": "/b"]).path == "/b/.cache/mmaudio/features")
  }
}
