import Foundation
import MMAudio
import MMAudioKernels
import MMAudioTestSupport
import Testing

/// What a run of the command left behind.
struct Outcome: Equatable {
  /// Exit status; negative for the signal that ended it.
  var status: Int32
  var output = ""
  var errors = ""

  /// A run that only complains.
  static func failure(_ status: Int32, _ line: String) -> Outcome {
    Outcome(status: status, errors: "mmaudio: \(line)\n")
  }

  /// The same without the lines that tell how far a run is.
  var withoutProgress: Outcome {
    let stages = StageProgress.Stage.allCases.map(\.rawValue)
    let lines = errors.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
      !stages.contains { line.hasPrefix($0) }
    }
    return Outcome(status: status, output: output, errors: lines.joined(separator: "\n"))
  }
}

/// A folder to run the command in, with models.
final class Workplace: Sendable {
  let scratch: ScratchFolder
  /// `$XDG_CACHE_HOME` of every run.
  let cache: ScratchFolder
  let models: URL

  init() throws {
    scratch = try ScratchFolder()
    cache = try ScratchFolder()
    models = try SyntheticWeights.sharedModels()
  }

  /// Names of everything in the folder, hidden files too.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted() }
  }

  /// Runs the command in the folder until it ends.
  func run(
    _ arguments: [String], environment: [String: String] = [:], after setup: String? = nil
  ) throws -> Outcome {
    let run = try start(arguments, environment: environment, after: setup)
    return try run.wait()
  }

  /// Options for a window of the reference's for one second, where eight take longer than a test should.
  static let shortWindow = ["--window", "1", "--overlap", "0"]

  /// Runs `generate` with the shared models, for one second of sound in one step.
  func generate(
    _ arguments: [String], variant: String = "small_16k", models: URL? = nil,
    after setup: String? = nil
  ) throws -> Outcome {
    try run(
      ["generate", "--models", (models ?? self.models).path, "--variant", variant]
        + ["--steps", "1", "--duration", "1"] + Self.shortWindow + arguments, after: setup)
  }

  /// Starts the command in the folder.
  ///
  /// - Parameters:
  ///   - arguments: without the command's own name
  ///   - environment: all there is, beside what every run gets
  ///   - setup: what a shell does first, in the same process
  /// - Returns: the command at work
  /// - Throws: if it cannot be started
  func start(
    _ arguments: [String], environment: [String: String] = [:], after setup: String? = nil
  ) throws -> RunningCommand {
    let process = Process()
    process.currentDirectoryURL = scratch.url
    process.environment = complete(environment)
    if let setup {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments =
        ["-c", "\(setup); exec \"$0\" \"$@\"", try Self.command.path] + arguments
    } else {
      process.executableURL = try Self.command
      process.arguments = arguments
    }
    return try RunningCommand(process)
  }

  /// Runs the command in the folder on a terminal of 80 columns, where somebody types.
  ///
  /// - Parameters:
  ///   - arguments: without the command's own name
  ///   - typed: what is typed
  ///   - environment: more variables
  /// - Returns: the exit status, and as its output all that the terminal got
  /// - Throws: if it cannot be started
  func runOnTerminal(
    _ arguments: [String], typing typed: String = "", environment: [String: String] = [:]
  ) throws -> Outcome {
    let words = try ([Self.command.path] + arguments).map {
      "'\($0.replacingOccurrences(of: "'", with: "'\\''"))'"
    }
    let process = Process()
    process.currentDirectoryURL = scratch.url
    process.environment = complete(environment)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
    process.arguments = ["-qec", words.joined(separator: " "), "/dev/null"]
    let keyboard = try scratch.write(Array(typed.utf8), to: "typed")
    defer { try? FileManager.default.removeItem(at: keyboard) }
    return try RunningCommand(process, input: FileHandle(forReadingFrom: keyboard)).wait()
  }

  /// Variables for a run, which keeps a crash short and the user's own cache as it is.
  private func complete(_ environment: [String: String]) -> [String: String] {
    ["SWIFT_BACKTRACE": "enable=no", "XDG_CACHE_HOME": cache.url.path].merging(environment) { $1 }
  }

  /// A model folder that shares all files but `replaced`, which `change` gets to make.
  func models(without replaced: String, _ change: (URL) throws -> Void = { _ in }) throws -> URL {
    let folder = scratch.file("models")
    let files = FileManager.default
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in try files.contentsOfDirectory(atPath: models.path) where name != replaced {
      try files.createSymbolicLink(
        at: folder.appendingPathComponent(name),
        withDestinationURL: models.appendingPathComponent(name))
    }
    try change(folder.appendingPathComponent(replaced))
    return folder
  }

  /// The command, which is built beside the tests.
  private static var command: URL {
    get throws {
      let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      let command = URL(fileURLWithPath: tests).deletingLastPathComponent()
        .appendingPathComponent("mmaudio")
      try #require(
        FileManager.default.isExecutableFile(atPath: command.path), "no \(command.path)")
      return command
    }
  }
}

/// A command at work.
final class RunningCommand {
  private let process: Process
  private let streams: ScratchFolder

  fileprivate init(_ process: Process, input: FileHandle = .nullDevice) throws {
    self.process = process
    // Files: a pipe that nobody reads would stop the command.
    streams = try ScratchFolder()
    for name in ["output", "errors"] {
      _ = try streams.write([], to: name)
    }
    process.standardInput = input
    process.standardOutput = try FileHandle(forWritingTo: streams.file("output"))
    process.standardError = try FileHandle(forWritingTo: streams.file("errors"))
    try process.run()
  }

  /// Of the process.
  var identifier: pid_t { process.processIdentifier }

  /// Waits for the command to end.
  func wait() throws -> Outcome {
    process.waitUntilExit()
    let isExit = process.terminationReason == .exit
    return Outcome(
      status: isExit ? process.terminationStatus : -process.terminationStatus,
      output: try text("output"), errors: try text("errors"))
  }

  /// Sends a signal as soon as `condition` holds for what the command has written to stderr.
  func signal(_ number: Int32, when condition: (String) throws -> Bool) throws {
    while process.isRunning, try !condition(text("errors")) { usleep(2000) }
    kill(process.processIdentifier, number)
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: streams.file(name)), as: UTF8.self)
  }
}

/// Copies a safetensors file, with other metadata or values.
func rewrite(
  _ source: URL, to target: URL, metadata changes: [String: String] = [:],
  _ change: (_ name: String, _ values: inout [Float]) -> Void = { _, _ in }
) throws {
  let file = try SafetensorsFile(source)
  let entries = try file.names.map { name in
    SafetensorsWriter.Entry(name: name, shape: try file.shape(of: name), type: .f32)
  }
  var writer = try SafetensorsWriter(
    target, entries: entries, metadata: file.metadata.merging(changes) { $1 })
  for name in file.names {
    var values = try file.tensor(name).values
    change(name, &values)
    try writer.write(Tensor(try file.shape(of: name), values), of: name)
  }
  try writer.finish()
}

/// The bytes of the samples of a WAV, wherever its other chunks stand.
func soundData(_ url: URL) throws -> Data {
  let file = try Data(contentsOf: url)
  var position = 12
  while position + 8 <= file.count {
    let size = file[(position + 4)..<(position + 8)].reversed().reduce(0) { $0 << 8 | Int($1) }
    if file[position..<(position + 4)] == Data("data".utf8) {
      return file[(position + 8)..<(position + 8 + size)]
    }
    position += 8 + size + size % 2
  }
  throw CocoaError(.fileReadCorruptFile)
}

/// An uncompressed video of grey frames at 25 a second.
func greyVideo(frames: Int) -> [UInt8] {
  let frame = Array("FRAME\n".utf8) + [UInt8](repeating: 128, count: 16 * 16 * 3 / 2)
  return Array("YUV4MPEG2 W16 H16 F25:1 Ip A1:1 C420jpeg\n".utf8)
    + (0..<frames).flatMap { _ in frame }
}

/// A committed file of this target.
func fixture(_ name: String) throws -> URL {
  try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(name)")
}
