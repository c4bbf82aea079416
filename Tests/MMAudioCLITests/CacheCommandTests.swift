import Foundation
import MMAudio
import Testing

/// `mmaudio cache`, and `generate --cache-size`.
@Suite struct CacheCommandTests {
  private let place: Workplace
  private let video: String

  init() throws {
    place = try Workplace()
    video = try place.scratch.write(greyVideo(frames: 30), to: "grey.y4m").path
  }

  private var features: URL { place.cache.file("mmaudio/features") }

  /// All entries of the cache.
  private var entries: [URL] {
    get throws {
      guard FileManager.default.fileExists(atPath: features.path) else { return [] }
      return try FileManager.default.subpathsOfDirectory(atPath: features.path)
        .map(features.appendingPathComponent).filter { $0.lastPathComponent.count == 64 }
    }
  }

  /// Makes a sound; returns it with the steps of the stages.
  private func sound(_ more: [String] = []) throws -> (data: Data, steps: [String]) {
    let outcome = try place.generate(
      [video, "--prompt", "rain", "--force", "-o", "out.wav", "--progress", "json"] + more)
    #expect(outcome.status == 0, "\(outcome)")
    let steps = outcome.errors.split(separator: "\n").filter { $0.contains("\"total\"") }
    return (try Data(contentsOf: place.scratch.file("out.wav")), steps.map(String.init))
  }

  @Test("the sound is the same without the cache, with it cold, warm and damaged")
  func sameSound() throws {
    let plain = try sound(["--cache-size", "0"]).data
    #expect(try entries.isEmpty)
    // An encoder says that it has done nothing when it is ready to run.
    let ready = #"{"done":0,"name":"encoding frames","total":8}"#
    let cold = try sound()
    #expect(cold.data == plain)
    #expect(cold.steps.contains(ready), "\(cold.steps)")
    #expect(try entries.count == 3)
    let warm = try sound()
    #expect(warm.data == plain)
    #expect(!warm.steps.contains(ready), "\(warm.steps)")
    for entry in try entries { try Data("nonsense".utf8).write(to: entry) }
    #expect(try sound().data == plain)
    #expect(try sound().data == plain)
    // Another prompt has other words and the same pictures.
    _ = try sound(["--prompt", "snow"])
    #expect(try entries.count == 4)
  }

  @Test("a cache that cannot be written is a detail")
  func unwritable() throws {
    let plain = try sound(["--cache-size", "0"]).data
    try Data().write(to: place.cache.file("mmaudio"))
    #expect(try sound().data == plain)
    let told = try place.generate(["--prompt", "rain", "-v", "-o", "b.wav"])
    #expect(told.status == 0)
    #expect(
      told.errors.contains("\nfeatures are not kept: '\(features.path)/clip_text/"),
      "\(told.errors)")
  }

  @Test("two processes at once")
  func twoProcesses() throws {
    let runs = try ["a.wav", "b.wav"].map { name in
      try place.start(
        ["generate", video, "--prompt", "rain", "--models", place.models.path]
          + ["--variant", "small_16k", "--steps", "1", "--duration", "1", "-o", name]
          + Workplace.shortWindow)
    }
    for run in runs { #expect(try run.wait().status == 0) }
    let plain = try sound(["--cache-size", "0"]).data
    for name in ["a.wav", "b.wav"] {
      #expect(try Data(contentsOf: place.scratch.file(name)) == plain)
    }
    #expect(try entries.count == 3)
  }

  @Test("stats tell what there is, clear removes it")
  func statsAndClear() throws {
    func stats(_ kinds: [Int], _ bytes: [String], flow: String = "0.0 MB") -> String {
      let names = ["clip_image    ", "synchformer   ", "clip_text     ", "together      "]
      let lines = (0..<4).map { index in
        let count = index < 3 ? kinds[index] : kinds.reduce(0, +)
        return "\(names[index])\(count) \(count == 1 ? "entry" : "entries"), \(bytes[index])\n"
      }
      return "folder        \(features.path)\nlimit         2.0 GB, or what --cache-size says\n"
        + lines.joined() + "flow weights  \(flow) in \(place.cache.file("mmaudio/flow").path)\n"
    }
    let empty = Outcome(
      status: 0, output: stats([0, 0, 0], Array(repeating: "0.0 MB", count: 4)))
    #expect(try place.run(["cache", "stats"]) == empty)
    _ = try sound()
    let bytes = try entries.reduce(0) { try $0 + Data(contentsOf: $1).count }
    let full = try place.run(["cache", "stats", "--json"])
    #expect(full.output.contains("\"bytes\":\(bytes),\"entries\":3,\"features\":[{\"bytes\":"))
    #expect(full.output.contains("\"flow_bytes\":0,\"flow_folder\":\""))
    #expect(full.output.contains("\"limit\":2000000000}"))
    let cleared = try place.run(["cache", "clear"])
    #expect(cleared.output.hasPrefix("removed 3 entries, "))
    #expect(try place.run(["cache", "stats"]) == empty)
    #expect(
      try place.run(["cache", "clear"])
        == Outcome(status: 0, output: "removed 0 entries, 0.0 MB\n"))
  }

  @Test("converted flow networks are removed only if asked for")
  func flowWeights() throws {
    let folder = place.cache.file("mmaudio/flow")
    let digest = String(repeating: "a", count: 64)
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent(digest), withIntermediateDirectories: true)
    for (name, size) in [
      ("\(digest)/flow_small_16k.safetensors", 3_000_000), ("\(digest).json", 100_000),
      ("mine.txt", 1),
    ] {
      try Data(count: size).write(to: folder.appendingPathComponent(name))
    }
    let stats = try place.run(["cache", "stats"])
    #expect(stats.output.hasSuffix("\nflow weights  3.1 MB in \(folder.path)\n"))
    #expect(try place.run(["cache", "clear"]).output == "removed 0 entries, 0.0 MB\n")
    let cleared = try place.run(["cache", "clear", "--flow-weights"])
    #expect(cleared.output == "removed 0 entries, 0.0 MB\nremoved 3.1 MB of flow weights\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["mine.txt"])
  }

  @Test("sizes are digits and a unit", arguments: ["2XB", "-1", "1e30", "GB", "99999999TB"])
  func wrongSize(text: String) throws {
    #expect(
      try place.run(["generate", "--prompt", "rain", "--cache-size=\(text)"])
        == .failure(
          64, "The value '\(text)' is invalid for '--cache-size <cache-size>'; see `mmaudio --help`"
        ))
  }

  @Test("an old entry makes room")
  func smallLimit() throws {
    _ = try sound()
    let before = try entries.reduce(0) { try $0 + Data(contentsOf: $1).count }
    _ = try sound(["--prompt", "snow", "--cache-size", "\(before)B"])
    #expect(try entries.reduce(0) { try $0 + Data(contentsOf: $1).count } <= before)
  }
}
