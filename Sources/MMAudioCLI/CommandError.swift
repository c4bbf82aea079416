import ArgumentParser
import Foundation
import MMAudio
import MMAudioMedia

/// What is wrong with a command as a whole.
enum CommandError: Error, Equatable, CustomStringConvertible {
  /// There is neither a video nor a prompt.
  case nothingToDo
  /// The output exists.
  case outputExists(path: String)

  var description: String {
    switch self {
    case .nothingToDo: "there is nothing to make sound for; give a video, or --prompt, or both"
    case .outputExists(let path):
      "'\(path)' exists already; pass --force to replace it, or another name with -o"
    }
  }

  /// The line to print for an error of ours; nil for the argument parser's.
  static func line(for error: any Error) -> String? {
    switch error {
    case let error as CommandError: error.description
    case let error as RequestError: error.description
    case let error as StageError: error.description
    case let error as PipelineError: error.description
    case let error as WeightError: error.description
    case let error as MediaError: error.description
    case let error as AudioError: error.description
    case let error as OutputError: error.description
    default: nil
    }
  }

  /// Exit status by the conventions of sysexits.h.
  static func status(for error: any Error) -> Int32 {
    switch error {
    case let error as CommandError: error == .nothingToDo ? Status.usage : Status.cannotCreate
    case let error as RequestError:
      if case .videoTooShort = error { Status.badData } else { Status.usage }
    case is StageError: Status.usage
    case is PipelineError: Status.badData
    case let error as WeightError: status(of: error)
    case let error as MediaError: status(of: error)
    case let error as AudioError: status(of: error)
    case let error as OutputError: status(of: error)
    default: Status.usage
    }
  }

  /// Codes of sysexits.h.
  private enum Status {
    static let usage: Int32 = 64
    static let badData: Int32 = 65
    static let noInput: Int32 = 66
    static let unavailable: Int32 = 69
    static let cannotCreate: Int32 = 73
    static let inputOutput: Int32 = 74
  }

  private static func status(of error: WeightError) -> Int32 {
    switch error {
    case .fileMissing, .unreadable, .noCheckpoints: Status.noInput
    case .modelFileMissing: Status.unavailable
    case .variantNeeded, .unknownVariant, .sameOutput: Status.usage
    case .outputExists, .cannotCreate: Status.cannotCreate
    case .cannotWrite, .diskFull: Status.inputOutput
    case .notACheckpoint, .legacyCheckpoint, .truncated, .malformed, .forbiddenGlobal,
      .unsupportedElementType, .missing, .shape, .leftOver, .nonFinite, .overflow,
      .unrecognizedNetwork, .alreadyConverted, .wrongVariant:
      Status.badData
    }
  }

  private static func status(of error: MediaError) -> Int32 {
    switch error {
    case .missing, .unreadable, .folder: Status.noInput
    case .empty, .notMedia, .noVideo, .noDecoder, .tooLarge, .noFrames, .undecodable,
      .unconvertible:
      Status.badData
    }
  }

  private static func status(of error: AudioError) -> Int32 {
    switch error {
    case .unknownExtension, .bitDepth, .refused: Status.usage
    case .notFinite: Status.badData
    }
  }

  private static func status(of error: OutputError) -> Int32 {
    switch error {
    case .missingFolder, .folder, .cannotCreate: Status.cannotCreate
    case .diskFull, .writeFailed: Status.inputOutput
    }
  }
}
