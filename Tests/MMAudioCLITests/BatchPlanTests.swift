import Foundation
import MMAudio
import MMAudioTestSupport
import Testing

@testable import MMAudioCLI

/// What a batch is going to make.
@Suite struct BatchPlanTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func plan(
    _ manifest: String, _ arguments: [String] = [], request: [String] = [], format: String = "wav",
    environment: [String: String] = [:]
  ) throws -> BatchPlan {
    let file = try scratch.write(Array(manifest.utf8), to: "clips.csv")
    return try BatchPlan(
      BatchPlanOptions.parse(["--manifest", file.path] + arguments),
      requestOptions: RequestOptions.parse(request), format: format, environment: environment)
  }

  private func source(_ line: Int) -> ClipSource {
    ClipSource(path: scratch.file("clips.csv").path, line: line)
  }

  @Test("a row has its own, then the options', then the defaults")
  func values() throws {
    let clips = try plan(
      """
      id,video,prompt,negative_prompt,seed,duration,takes
      a,a.mp4,rain,music,7,2,2
      b,/b.mp4,,,,,
      """, ["-o", "out"],
      request: ["--prompt", "wind", "--negative-prompt", "voices", "--steps", "3", "--seed", "9"],
      format: "flac"
    ).clips
    var first = GenerationRequest()
    first.video = scratch.file("a.mp4").path
    first.prompt = "rain"
    first.negativePrompt = "music"
    first.seed = 7
    first.seconds = 2
    first.takes = 2
    first.steps = 3
    var second = GenerationRequest()
    second.video = "/b.mp4"
    second.prompt = "wind"
    second.negativePrompt = "voices"
    second.seed = ClipSeed.seed(9, id: "b")
    second.steps = 3
    #expect(
      clips == [
        PlannedClip(id: "a", request: first, outputs: ["out/a.1.flac", "out/a.2.flac"]),
        PlannedClip(id: "b", request: second, outputs: ["out/b.flac"]),
      ])
  }

  @Test(
    "the seed of a clip (SHA-256 by Python's hashlib)",
    arguments: [
      (42, "a", 11_381_913_900_655_301_294), (42, "b", 4_698_330_547_527_716_873),
      (7, "a", 5_379_662_915_975_635_409), (0, "clips/日本", 12_095_809_911_282_976_726),
      (UInt64.max, "a", 2_092_152_538_651_394_442),
    ] as [(UInt64, String, UInt64)])
  func seed(seed: UInt64, id: String, expected: UInt64) {
    #expect(ClipSeed.seed(seed, id: id) == expected)
  }

  @Test("shards hold each clip once, the same as without shards, in the same order")
  func shards() throws {
    let manifest = "id,prompt\n" + (0..<50).map { "clip \($0),x\n" }.joined()
    let whole = try plan(manifest)
    let shards = try (0..<3).map { try plan(manifest, ["--shard", "\($0)/3"]) }
    let order = whole.clips.map(\.id)
    for shard in shards {
      #expect(!shard.clips.isEmpty)
      #expect(shard.clips == whole.clips.filter { shard.clips.map(\.id).contains($0.id) })
    }
    #expect(shards.flatMap { $0.clips.map(\.id) }.sorted() == order.sorted())
    let empty = try plan(
      "id,prompt\na,x\n", ["--shard", "auto"],
      environment: ["JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "7"])
    #expect(empty.clips.isEmpty)
  }

  @Test("what cannot be made, with the rows, beside what can")
  func refused() throws {
    let plans: [(String, [String], [String], BatchError)] = [
      ("id\na\n", [], [], .emptyClip(source(2))),
      ("id,prompt\na,x\nb,x\na,y\n", [], [], .sameID("a", source(2), source(4))),
      (
        "id,prompt\n\"a\tb\",x\n", [], [],
        .id(source(2), id: "a\tb", problem: "has control characters")
      ),
      (
        "id,prompt\n\(longID),x\n", [], [],
        .id(source(2), id: longID, problem: "is longer than 1024 bytes")
      ),
      (
        "id,prompt,takes\na.1,x,1\na,y,2\n", [], [], .sameOutput("a.1.wav", source(2), source(3))
      ),
      (
        "id,video\na,x/c.mp4\nb,y/c.mp4\n", ["--name", "{stem}.{ext}"], [],
        .sameOutput("c.wav", source(2), source(3))
      ),
      (
        "id,video\nb,/tmp/./c.mp4\nc,/d.mp4\n", ["-o", "/tmp//", "--name", "{id}.mp4"], [],
        .outputIsVideo("/tmp//c.mp4", source(2))
      ),
      (
        "id,prompt,duration\na,x,0.1\n", [], [],
        .request(source(2), .tooShort(seconds: 0.1, shortest: 0.64))
      ),
      (
        "id,prompt,takes\na,x,65\n", [], [], .request(source(2), .takes(found: 65, most: 64))
      ),
      (
        "id,prompt,takes\na,x,2\n", ["--name", "{id}.{ext}"], [],
        .takesWithoutName(source(2), template: "{id}.{ext}")
      ),
      (
        "video\n/clips/a.mp4\n", [], [],
        .outputName(
          source(2), name: "/clips/a.wav",
          problem:
            "has a part that is empty, '.' or '..', expected a path inside the output folder")
      ),
    ]
    for (manifest, arguments, request, error) in plans {
      let plan = try plan(manifest, arguments, request: request)
      #expect(plan.failures.map(\.error) == [ClipResult.Failure(error)])
      #expect(plan.clips.count == manifest.count { $0 == "\n" } - 2)
    }
    #expect(throws: BatchError.takesWithoutName(source(2), template: "{id}.{ext}")) {
      try plan("id,prompt\na,x\n", ["--name", "{id}.{ext}"], request: ["--takes", "2"])
    }
  }

  @Test("no failure has the id of a clip, and each is in one shard")
  func failureIDs() throws {
    let manifest = "id,prompt,seed,scene\na,x,,\na,y,,1\na,z,b,\nc,x,,\nd,x,b,\n,x,,\n"
    let whole = try plan(manifest)
    #expect(whole.clips.map(\.id) == ["a", "c"])
    let lines = [3, 4].map { source($0).description }
    #expect(whole.failures.map(\.id) == lines + ["d", source(7).description])
    #expect(whole.failures[0].extra == ["scene": .text("1")])
    let shards = try (0..<3).map { try plan(manifest, ["--shard", "\($0)/3"]) }
    #expect(Set(shards.flatMap(\.failures).map(\.id)) == Set(whole.failures.map(\.id)))
    #expect(shards.flatMap(\.failures).count == 4)
    #expect(whole.note == "kept for the results, and not used: scene")
  }

  @Test("what all clips would have is checked first")
  func base() {
    #expect(throws: RequestError.steps(found: 0, most: 10_000)) {
      try plan("id,prompt\na,x\n", request: ["--steps", "0"])
    }
  }

  @Test("any part of a video can be asked for, but not any sound from a prompt")
  func parts() throws {
    let clips = try plan("id,video\na,a.mp4\n", request: ["--duration", "0.1"]).clips
    #expect(clips[0].request.seconds == 0.1)
    let short = BatchError.request(source(2), .tooShort(seconds: 0.1, shortest: 0.64))
    let failures = try plan("id,prompt\na,x\n", request: ["--duration", "0.1"]).failures
    #expect(failures.map(\.error?.message) == ["\(short)"])
  }

  @Test("inputs that name no clips, or too many ways to name them")
  func inputs() throws {
    let request = try RequestOptions.parse(["--prompt-file", "-"])
    for (arguments, error) in [
      ([], .nothingToDo), (["a.mp4", "--manifest", "b.csv"], .twoSources(manifest: "b.csv")),
    ] as [([String], BatchError)] {
      #expect(throws: error) {
        try BatchPlan(
          BatchPlanOptions.parse(arguments), requestOptions: RequestOptions.parse([]))
      }
    }
    #expect(throws: BatchError.oneStandardInput) {
      try BatchPlan(BatchPlanOptions.parse(["--manifest", "-"]), requestOptions: request)
    }
  }

  @Test("a planned clip comes back from JSON whole")
  func coded() throws {
    let clips = try plan("id,video,prompt,takes,scene\na,a.mp4,x,2,7\nb,,y,,\n").clips
    #expect(clips[0].extra == ["scene": .text("7")])
    for clip in clips {
      let text = asciiJSON(clip)
      #expect(try JSONDecoder().decode(PlannedClip.self, from: Data(text.utf8)) == clip)
    }
    #expect(
      asciiJSON(clips[1])
        == #"{"id":"b","outputs":["b.wav"],"request":{"cfg":4.5,"mask_video":false,"#
        + #""negative_prompt":"","overlap":2,"prompt":"y","seed":4698330547527716873,"steps":25,"#
        + #""window":8},"takes":1}"#)
  }
}

private let longID = String(repeating: "é", count: 513)
