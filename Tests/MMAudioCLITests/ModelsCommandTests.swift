import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

/// `mmaudio models` as a process, with a mirror on this machine.
@Suite struct ModelsCommandTests {
  private let place: Workplace
  private let clip: [UInt8]
  private let name = "open_clip_pytorch_model.bin"

  init() throws {
    place = try Workplace()
    let url = place.scratch.file(name)
    try SyntheticWeights.write(SyntheticWeights.Spec(file: name).tensors(seed: 1), to: url)
    clip = [UInt8](try Data(contentsOf: url))
    try FileManager.default.removeItem(at: url)
  }

  /// A model folder that lacks only CLIP, which has no published MD5 that a tiny file would fail.
  private func modelsWithoutCLIP() throws -> URL {
    let folder = try place.models(without: "clip_text.safetensors")
    try FileManager.default.removeItem(at: folder.appendingPathComponent("clip_image.safetensors"))
    return folder
  }

  private func pull(_ models: URL, _ address: String, _ arguments: [String] = []) -> [String] {
    ["models", "pull", "small_16k", "--models", models.path, "--base-url", address]
      + ["--retry-wait", "0.01", "--quiet"] + arguments
  }

  private let clipLine =
    "open_clip_pytorch_model.bin: about 4.0 GB, licence apple-amlr (Apple, research only)\n"

  @Test("what is missing is downloaded, listed, verified and removed")
  func life() throws {
    let models = try modelsWithoutCLIP()
    let clip = clip
    let server = try LocalServer { request, _ in .file(clip, etag: "a", for: request) }
    let address = server.url.absoluteString
    #expect(
      try place.run(pull(models, address))
        == Outcome(
          status: 64,
          errors: clipLine
            + "mmaudio: cannot ask whether you accept the licences, this is no terminal; read them and "
            + "pass --accept-license\n"))
    #expect(server.requests == [])
    let outcome = try place.run(pull(models, address, ["--accept-license"]))
    #expect(outcome.status == 0)
    #expect(outcome.errors == clipLine)
    #expect(outcome.output.contains("clip_text.safetensors: "))
    #expect(
      try place.run(pull(models, address)) == Outcome(status: 0, output: "small_16k: all here\n"))

    let here = ["--models", models.path]
    let list = try place.run(["models", "list"] + here)
    #expect(list.output.hasPrefix("small_16k     installed, "))
    #expect(list.status == 0)
    let checked = try place.run(["models", "verify"] + here)
    #expect(checked.output.contains("clip_text.safetensors: good\n"))
    #expect(checked.output.contains("vae_16k.safetensors: readable, no checksum recorded\n"))
    #expect(checked.status == 0)
    try Data([1]).write(to: models.appendingPathComponent("clip_text.safetensors"))
    let damaged = try place.run(["models", "verify"] + here)
    #expect(damaged.status == 65)
    #expect(damaged.output.contains("clip_text.safetensors: bad, "))

    #expect(
      try place.run(["models", "rm", "small_16k"] + here)
        == .failure(
          64, "nothing was removed: nobody said yes; answer y on a terminal, or pass --yes"))
    let removed = try place.run(["models", "rm", "small_16k", "-y"] + here)
    #expect(removed.status == 0)
    #expect(removed.output.hasPrefix("removed flow_small_16k.safetensors ("))
    #expect(
      try place.run(["models", "rm", "small_16k", "-y"] + here)
        == .failure(64, "'\(models.path)' has no small_16k; see `mmaudio models list`"))
  }

  @Test("the folder is printed")
  func path() throws {
    #expect(
      try place.run(["models", "path"], environment: ["MMAUDIO_MODELS": "/m"])
        == Outcome(status: 0, output: "/m\n"))
  }

  @Test("a wrong file from a mirror is refused by its published MD5")
  func wrongFile() throws {
    let name = "mmaudio_small_16k.pth"
    let url = place.scratch.file(name)
    try SyntheticWeights.write(SyntheticWeights.Spec(file: name).tensors(seed: 1), to: url)
    let bytes = [UInt8](try Data(contentsOf: url))
    let server = try LocalServer { request, _ in .file(bytes, etag: "a", for: request) }
    let models = place.scratch.file("models")
    let outcome = try place.run(
      pull(models, server.url.absoluteString, ["--accept-license"]))
    #expect(outcome.status == 65)
    #expect(
      outcome.errors.contains(
        "mmaudio: '\(models.path)/downloads/mmaudio_small_16k.pth' has the checksum "))
    #expect(
      outcome.errors.hasSuffix(
        ", expected af93cde404179f58e3919ac085b8033b; run the same command again, or pass another mirror "
          + "with --base-url\n"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: models.path + "/downloads") == [])
    #expect(server.requests == [.init(name: "mmaudio_small_16k.pth")])
  }

  @Test("a page in place of a file is named, and the same command works once the server does")
  func page() throws {
    let models = try modelsWithoutCLIP()
    let clip = clip
    let server = try LocalServer { request, count in
      count < 3 ? .page : .file(clip, etag: "a", for: request)
    }
    let arguments = pull(models, server.url.absoluteString, ["--accept-license"])
    let outcome = try place.run(arguments)
    #expect(outcome.status == 65)
    #expect(
      outcome.errors.hasSuffix(
        "mmaudio: '\(server.url.absoluteString)/\(name)' sent an HTML page instead of the file, and so it "
          + "did when asked again; log in to the network if it asks for that, or pass another mirror with "
          + "--base-url\n"))
    let talkative = try place.run(arguments.filter { $0 != "--quiet" })
    #expect(talkative.status == 0)
    #expect(
      talkative.errors.contains(
        "\n\(name): the server sent an HTML page instead of the file; asking again in 1 s\n"))
    #expect(server.requests.count == 4)
    #expect(try place.run(["models", "verify", "--models", models.path]).status == 0)
  }

  @Test("a busy server is waited for, and not for ever")
  func busy() throws {
    let models = try modelsWithoutCLIP()
    let server = try LocalServer { _, count in
      count == 0
        ? .status("429 Too Many Requests", "Retry-After: 1")
        : .status("503 Busy", "Retry-After: 3600")
    }
    let arguments = pull(models, server.url.absoluteString, ["--accept-license"])
    #expect(
      try place.run(arguments.filter { $0 != "--quiet" })
        == .init(
          status: 69,
          errors: clipLine + "\(name): the server is busy (status 429); asking again in 1 s\n"
            + "mmaudio: '\(server.url.absoluteString)/\(name)' is busy (status 503) after 1 s of waiting "
            + "and asks to be left alone for 60 min; run the same command again later: it goes on where it "
            + "stopped\n"))
  }

  @Test("wrong use, a server that lacks the file, and none at all")
  func refusals() throws {
    let models = place.scratch.file("models")
    let failures: [(Int32, String, [String])] = [
      (64, "there is no variant 'huge'", ["models", "pull", "huge"]),
      (64, "nano_16k ships with mmaudio", ["models", "pull", "nano_16k"]),
      (64, "'ftp://x' is no address of a mirror", pull(models, "ftp://x")),
      (69, "cannot download 'http://127.0.0.1:9/", pull(models, "http://127.0.0.1:9")),
      (
        69, "'\(models.path)/downloads' lacks mmaudio_small_16k.pth, ",
        pull(models, "http://x", ["--offline"])
      ),
    ]
    for (status, message, arguments) in failures {
      let outcome = try place.run(arguments + (status == 69 ? ["--accept-license"] : []))
      #expect(outcome.status == status)
      #expect(outcome.errors.contains("mmaudio: \(message)"), "\(outcome.errors)")
    }
    let server = try LocalServer { _, _ in .status("404 Not Found") }
    let address = server.url.absoluteString
    let outcome = try place.run(pull(models, address, ["--accept-license"]))
    #expect(outcome.status == 69)
    #expect(
      outcome.errors.hasSuffix(
        "mmaudio: '\(address)/mmaudio_small_16k.pth' answers with status 404, expected 200; try again "
          + "later, or pass a mirror with --base-url\n"))
    #expect(server.requests.count == 1)
  }

  @Test("the proxy of the environment is used, and a full disk is said")
  func proxy() throws {
    let models = try modelsWithoutCLIP()
    let clip = clip
    let server = try LocalServer { request, _ in .file(clip, etag: "a", for: request) }
    let arguments = pull(models, "http://mirror.invalid", ["--accept-license"])
    let environment = ["http_proxy": server.url.absoluteString]
    let full = try place.run(arguments, environment: environment, after: "ulimit -f 64")
    #expect(full.status == 74)
    #expect(
      full.errors.hasSuffix(
        "'\(models.path)/downloads/\(name).part' cannot be written, the disk is full; free some space or "
          + "choose another disk\n"))
    #expect(try place.run(arguments, environment: environment).status == 0)
    #expect(server.requests.map(\.name) == [name, name])
    #expect(server.requests.last?.start != nil)
  }

  @Test("a download that is killed ten times ends with the right file")
  func killed() throws {
    let models = try modelsWithoutCLIP()
    let clip = clip
    let server = try LocalServer { request, _ in
      var answer = LocalServer.Answer.file(clip, etag: "a", for: request)
      answer.pause = 4_000
      return answer
    }
    let arguments = pull(
      models, server.url.absoluteString, ["--accept-license", "--keep-source"])
    let part = models.appendingPathComponent("downloads/\(name).part").path
    var kills = 0
    for kill in 0..<10 {
      let run = try place.start(arguments)
      // By what has arrived and not by a clock, which says little on a busy machine.
      let goal = (kill + 1) * clip.count / 12 - .random(in: 0..<clip.count / 12)
      try run.signal(SIGKILL) { _ in
        let size = try? FileManager.default.attributesOfItem(atPath: part)[.size] as? Int
        return size ?? -1 >= goal
      }
      let status = try run.wait().status
      #expect([-SIGKILL, 0].contains(status))
      if status == -SIGKILL { kills += 1 }
    }
    #expect(kills > 0)
    let last = try place.run(arguments)
    #expect(last.status == 0, "\(last.errors)")
    #expect(server.requests.contains { $0.start != nil })
    let downloads = models.appendingPathComponent("downloads")
    #expect(try FileManager.default.contentsOfDirectory(atPath: downloads.path) == [name])
    #expect([UInt8](try Data(contentsOf: downloads.appendingPathComponent(name))) == clip)
    let checked = try place.run(["models", "verify", "--models", models.path])
    #expect(checked.output.contains("clip_text.safetensors: good\n"))
    #expect(checked.output.contains("clip_image.safetensors: good\n"))
  }

  @Test("two downloads at once end with the right file")
  func together() throws {
    let models = try modelsWithoutCLIP()
    let clip = clip
    let server = try LocalServer { request, _ in .file(clip, etag: "a", for: request) }
    let arguments = pull(models, server.url.absoluteString, ["--accept-license"])
    let runs = try (0..<2).map { _ in try place.start(arguments) }
    for run in runs { #expect(try run.wait().status == 0) }
    #expect(server.requests.count == 1)
    #expect(try place.run(["models", "verify", "--models", models.path]).status == 0)
  }
}
