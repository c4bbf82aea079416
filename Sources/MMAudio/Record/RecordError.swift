/// Why a file does not tell how it was made.
public enum RecordError: Error, Equatable, CustomStringConvertible {
  /// There is no record.
  case none(path: String)
  /// The record lacks something that this version needs.
  case otherVersion(path: String, version: String)

  /// The error as one line.
  public var description: String {
    switch self {
    case .none(let path):
      "'\(path)' does not say how it was made, expected a file that mmaudio wrote; give another one, "
        + "not au or w64, which have no place for it"
    case .otherVersion(let path, let version):
      "what '\(path)' says of its making is incomplete, it was written by mmaudio \(version); use that "
        + "version"
    }
  }
}
