import ArgumentParser
import Foundation
import MMAudio
import MMAudioKernels
import MMAudioMedia

/// What is wrong with a command as a whole.
enum CommandError: Error, Equatable, CustomStringConvertible {
  /// There is neither a video nor a prompt.
  case nothingToDo
  /// There are a prompt and a file of one.
  case twoPrompts(path: String)
  /// The file with the prompt is of no use.
  case promptFile(path: String, problem: String)
  /// The output exists.
  case outputExists(path: String, option: String)
  /// The output is what the command reads.
  case outputIsInput(path: String)
  /// Two outputs have one name.
  case twoOutputs(path: String)
  /// The sound goes to the standard output, and something else would.
  case standardOutputTaken(option: String)
  /// The output is to be a video, and there is none.
  case noVideoToCopy(path: String)
  /// The output is to be a video, and not to be one.
  case soundAlone(path: String)
  /// The video of a sound that is to be made again is not found.
  case videoOfRecord(path: String, name: String)
  /// The log cannot be written.
  case logFile(path: String, reason: String)
  /// A worker of a batch cannot work.
  case worker(reason: String)
  /// The results of a batch cannot be written down.
  case resultsFile(path: String, reason: String)
  /// A folder has no batch.
  case noBatch(folder: String)
  /// Clips failed and will again.
  case clipsFailed(failed: Int, total: Int)
  /// Clips failed that another try may make.
  case clipsUnfinished(failed: Int, total: Int)
  /// Clips have no result yet, those of the `shards` among them that have not begun.
  case clipsMissing(clips: Int, shards: [Int], folder: String)
  /// The machine lacks what every run needs.
  case unfit(problems: Int)
  /// What was printed did not arrive.
  case standardOutput
  /// The memory that this process may have is used up.
  case noMemory

  var description: String {
    switch self {
    case .nothingToDo: "there is nothing to make sound for; give a video, or --prompt, or both"
    case .twoPrompts(let path):
      "there are --prompt and --prompt-file '\(path)', expected one of them; leave one out"
    case .promptFile(let path, let problem):
      "the prompt file '\(path)' \(problem), expected a short text in UTF-8; check the path, or "
        + "give the words with --prompt"
    case .outputExists(let path, let option):
      "'\(path)' exists already; pass --force to replace it, or another name with \(option)"
    case .outputIsInput(let path):
      "'\(path)' would be replaced by what is made from it; choose another name for the output"
    case .twoOutputs(let path):
      "'\(path)' is to be the sound and the report, expected two files; choose another name with "
        + "--report"
    case .standardOutputTaken(let option):
      "-o - sends one sound to the standard output, and \(option) would send more there; leave out "
        + "\(option), or name a file with -o"
    case .noVideoToCopy(let path):
      "'\(path)' is to be a video, but there is none to put the sound into; give one, or pass "
        + "--format wav"
    case .soundAlone(let path):
      "'\(path)' is to be a video, but --skip-video-composite asks for the sound alone; leave that out, "
        + "or pass --format wav"
    case .videoOfRecord(let path, let name):
      "'\(path)' was made for the video '\(name)', which is neither beside it nor in the current folder; "
        + "give its path"
    case .logFile(let path, let reason):
      "the log '\(path)' cannot be written: \(reason); check the folder and its permissions, or leave out "
        + "--log-file"
    case .worker(let reason):
      "the process that works on the clips cannot do so: \(reason); see `mmaudio doctor`, then run the same "
        + "command again"
    case .resultsFile(let path, let reason):
      "the results cannot be written to '\(path)': \(reason); check the folder and its permissions, or "
        + "choose another one with -o"
    case .noBatch(let folder):
      "'\(folder)' has no batch, expected the output folder of `mmaudio batch`; check the path"
    case .clipsFailed(let failed, let total):
      "\(failed) of \(total) clip\(total == 1 ? "" : "s") failed; mend what their messages say, then run the "
        + "same command again, with --retry-failed if the files stay as they are"
    case .clipsUnfinished(let failed, let total):
      "\(failed) of \(total) clip\(total == 1 ? "" : "s") could not be made for want of the machine; mend "
        + "what their messages say, then run the same command again"
    case .clipsMissing(let clips, let shards, let folder):
      "'\(folder)' lacks results of \(clips) clip\(clips == 1 ? "" : "s")"
        + (shards.isEmpty
          ? "" : " and of the whole shards \(shards.map(String.init).joined(separator: ", "))")
        + "; run `mmaudio batch` again"
    case .unfit(let problems):
      "\(problems) thing\(problems == 1 ? "" : "s") that every run needs \(problems == 1 ? "is" : "are") not "
        + "in order; do what the lines that begin with bad say"
    case .standardOutput: "the standard output cannot be written; check the disk it goes to"
    case .noMemory:
      "there is not enough memory; raise the limit (`ulimit -v`), end other programs, or pass --low-memory"
    }
  }

  /// Throws if the output at `path` would take the place of one of `inputs`.
  static func requireDistinct(output path: String, from inputs: [String?]) throws {
    for input in inputs.compactMap(\.self) where isSameFile(path, input) {
      throw CommandError.outputIsInput(path: path)
    }
  }

  /// The error to tell: libraries that get no memory blame the file that they read.
  static func cause(of error: any Error) -> any Error {
    let blamesFile = [Status.badData, Status.unavailable].contains(status(for: error))
    return blamesFile && !AddressSpace.hasRoom(for: roomForAnyRun) ? CommandError.noMemory : error
  }

  /// Bytes without which no run gets far.
  private static let roomForAnyRun = 128 << 20

  /// The line to print for an error of ours; nil for the argument parser's.
  static func line(for error: any Error) -> String? {
    switch error {
    case let error as CommandError: error.description
    case let error as BatchError: error.description
    case let error as RequestError: error.description
    case let error as StageError: error.description
    case let error as PipelineError: error.description
    case let error as WeightError: error.description
    case let error as MediaError: error.description
    case let error as AudioError: error.description
    case let error as PictureError: error.description
    case let error as MuxError: error.description
    case let error as FinishError: error.description
    case let error as OutputError: error.description
    case let error as DownloadError: error.description
    case let error as RecordError: error.description
    default: nil
    }
  }

  /// Exit status by the conventions of sysexits.h.
  static func status(for error: any Error) -> Int32 {
    switch error {
    case let error as CommandError: status(of: error)
    case let error as BatchError: status(of: error)
    case is RequestError: Status.usage
    case let error as StageError: status(of: error)
    case is PipelineError, is RecordError: Status.badData
    case let error as WeightError: status(of: error)
    case let error as MediaError: status(of: error)
    case let error as AudioError: status(of: error)
    case is PictureError: Status.unavailable
    case let error as MuxError: status(of: error)
    case let error as FinishError: status(of: error)
    case let error as OutputError: status(of: error)
    case let error as DownloadError: status(of: error)
    default: Status.usage
    }
  }

  /// Codes of sysexits.h.
  private enum Status {
    /// Ours: clips of a batch failed for good.
    static let someFailed: Int32 = 3
    static let usage: Int32 = 64
    static let badData: Int32 = 65
    static let noInput: Int32 = 66
    static let unavailable: Int32 = 69
    static let cannotCreate: Int32 = 73
    static let inputOutput: Int32 = 74
    static let tryAgain: Int32 = 75
  }

  private static func status(of error: CommandError) -> Int32 {
    switch error {
    case .nothingToDo, .twoPrompts, .outputIsInput, .twoOutputs, .standardOutputTaken,
      .noVideoToCopy, .soundAlone:
      Status.usage
    case .promptFile, .videoOfRecord: Status.noInput
    case .outputExists, .logFile: Status.cannotCreate
    case .unfit: Status.unavailable
    case .noBatch: Status.noInput
    case .resultsFile: Status.cannotCreate
    case .clipsFailed: Status.someFailed
    case .worker, .clipsUnfinished, .clipsMissing, .noMemory: Status.tryAgain
    case .standardOutput: Status.inputOutput
    }
  }

  private static func status(of error: BatchError) -> Int32 {
    switch error {
    case .noInput, .noVideos, .onlyWritten, .unreadable: Status.noInput
    case .manifestTooLarge, .manifestText, .emptyManifest, .row: Status.badData
    case .nothingToDo, .twoSources, .oneStandardInput, .manifestFormat, .emptyClip, .request, .id,
      .sameID, .template, .takesWithoutName, .outputName, .sameOutput, .outputIsVideo, .shard,
      .noScheduler, .noShardCount, .scheduler, .shardRange, .unevenArray:
      Status.usage
    }
  }

  private static func status(of error: StageError) -> Int32 {
    switch error {
    case .option: Status.usage
    case .missing, .type, .shape, .notFinite: Status.badData
    }
  }

  private static func status(of error: WeightError) -> Int32 {
    switch error {
    case .noMemory: Status.tryAgain
    case .fileMissing, .unreadable, .noCheckpoints: Status.noInput
    case .modelFilesMissing, .shippedFilesMissing, .notConverted, .misnamed: Status.unavailable
    case .variantNeeded, .unknownVariant, .sameOutput, .outputIsSource, .convertedAs: Status.usage
    case .outputExists: Status.cannotCreate
    case .output(let error), .cache(_, let error): status(of: error)
    case .notACheckpoint, .legacyCheckpoint, .program, .shard, .truncated, .malformed,
      .forbiddenGlobal, .pickledObject, .unsupportedElementType, .wrongNetwork, .otherConverter,
      .missing, .shape, .leftOver, .nonFinite, .overflow, .unrecognizedNetwork, .alreadyConverted,
      .wrongVariant, .publishedUnderModelName, .otherSize, .otherName, .notFlow:
      Status.badData
    }
  }

  private static func status(of error: MediaError) -> Int32 {
    switch error {
    case .missing, .address, .unreadable, .folder: Status.noInput
    case .noStream, .noFrameRate: Status.usage
    case .notNumbered, .pictureMissing, .empty, .notMedia, .noVideo, .noDecoder, .tooLarge,
      .noFrames, .undecodable,
      .animatedWebP, .unconvertible:
      Status.badData
    }
  }

  private static func status(of error: AudioError) -> Int32 {
    switch error {
    case .unknownExtension, .bitDepth, .refused: Status.usage
    case .notFinite: Status.badData
    }
  }

  private static func status(of error: MuxError) -> Int32 {
    switch error {
    case .unknownExtension, .videoCodec, .audioCodec, .sampleRate, .gain: Status.usage
    case .noEncoder: Status.unavailable
    case .noDecoder, .notFinite, .refused: Status.badData
    }
  }

  private static func status(of error: FinishError) -> Int32 {
    switch error {
    case .sampleRate, .peak, .loudness: Status.usage
    case .refused: Status.unavailable
    }
  }

  private static func status(of error: DownloadError) -> Int32 {
    switch error {
    case .licenceNotAccepted, .badAddress, .shipped, .notInstalled, .notConfirmed: Status.usage
    case .unreachable, .refused, .busy, .offline: Status.unavailable
    case .noSpace: Status.inputOutput
    case .wrongContent, .wrongChecksum, .wrongNetwork, .damaged, .damagedRecord: Status.badData
    case .output(let error): status(of: error)
    case .weights(let error): status(of: error)
    }
  }

  private static func status(of error: OutputError) -> Int32 {
    switch error {
    case .terminal: Status.usage
    case .missingFolder, .folder, .cannotCreate: Status.cannotCreate
    case .diskFull, .temporaryFolderFull, .writeFailed: Status.inputOutput
    }
  }
}
