/// Why a file could not be written.
public enum OutputError: Error, Equatable {
  /// The folder that the file should go into does not exist.
  case missingFolder(path: String, folder: String)
  /// The path names a folder.
  case folder(path: String)
  /// The standard output is a terminal, and the bytes are for programs.
  case terminal
  /// The file cannot be created; `reason` is the system's.
  case cannotCreate(path: String, reason: String)
  /// The disk, the quota or the size limit is used up.
  case diskFull(path: String)
  /// The folder for temporary files has less room than a file needs; sizes in bytes.
  case temporaryFolderFull(path: String, needed: Int, free: Int)
  /// A write failed in another way; `reason` is the system's.
  case writeFailed(path: String, reason: String)
}

extension OutputError: CustomStringConvertible {
  /// One line: what happened, what was expected, what to do.
  public var description: String {
    switch self {
    case .missingFolder(let path, let folder):
      "'\(path)' cannot be created, the folder '\(folder)' does not exist; create it first"
    case .folder(let path):
      "'\(path)' is a folder, expected the name of a file; add one"
    case .terminal:
      "the standard output is a terminal, expected a pipe or a file for the sound; send it on, as in "
        + "-o - > sound.wav, or name a file with -o"
    case .cannotCreate(let path, let reason):
      "'\(path)' cannot be created (\(reason)); choose a folder that you may write to"
    case .diskFull(let path):
      "'\(path)' cannot be written, the disk is full; free some space or choose another disk"
    case .temporaryFolderFull(let path, let needed, let free):
      "the folder '\(path)' for temporary files has \(free >> 20) MiB left, expected "
        + "\(needed >> 20) MiB; free some space or set TMPDIR to a folder on another disk"
    case .writeFailed(let path, let reason):
      "'\(path)' cannot be written (\(reason)); check the disk, or choose another one"
    }
  }
}
