import Foundation
import MMAudioMedia

/// Why published models could not be downloaded, checked or removed.
///
/// Every description is one line: what happened, what was expected, what to do.
public enum DownloadError: Error, Equatable {
  /// A server could not be reached, or stopped sending, on the last of several tries.
  case unreachable(url: String, reason: String, tries: Int)
  /// A server has no such file or does not give it.
  case refused(url: String, status: Int)
  /// A server is busy and was waited for long enough, or wants to be asked in `asked` seconds.
  case busy(url: String, status: Int, waited: Int, asked: Int?)
  /// A server sent something else than the file, twice.
  case wrongContent(url: String, found: String)
  /// A file is not the one that was published.
  case wrongChecksum(path: String, expected: String, found: String)
  /// A file holds other networks than its name promises.
  case wrongNetwork(path: String, found: [ModelFile], expected: [ModelFile])
  /// Nobody has said yes to the licences; `asked` if somebody said no.
  case licenceNotAccepted(asked: Bool)
  /// Files that are not here may not be downloaded.
  case offline(folder: String, missing: [String])
  /// The disk has no room for what is to be downloaded and converted.
  case noSpace(folder: String, needed: Int, free: Int)
  /// A mirror's address is none.
  case badAddress(String)
  /// A variant comes with mmaudio.
  case shipped(ModelVariant)
  /// A variant to remove is not there.
  case notInstalled(ModelVariant, folder: String)
  /// Nobody has said yes to removing files.
  case notConfirmed
  /// So many files of a model folder are not what they were.
  case damaged(count: Int, folder: String)
  /// The list of downloads cannot be read.
  case damagedRecord(path: String)
  /// A file cannot be written.
  case output(OutputError)
  /// A file cannot be read or converted.
  case weights(WeightError)
}

extension DownloadError: CustomStringConvertible {
  /// The error as one line.
  public var description: String {
    switch self {
    case .unreachable(let url, let reason, let tries):
      "cannot download '\(url)' (\(reason)), tried \(tries) times; check the network and "
        + "$https_proxy, then run the same command again: it goes on where it stopped"
    case .refused(let url, let status):
      "'\(url)' answers with status \(status), expected 200; try again later, or pass a mirror with "
        + "--base-url"
    case .busy(let url, let status, let waited, let asked):
      "'\(url)' is busy (status \(status))"
        + (waited > 0 ? " after \(Self.duration(waited)) of waiting" : "")
        + (asked.map { " and asks to be left alone for \(Self.duration($0))" } ?? "")
        + "; run the same command again later: it goes on where it stopped"
    case .wrongContent(let url, let found):
      "'\(url)' sent \(found), and so it did when asked again; log in to the network if it asks for "
        + "that, or pass another mirror with --base-url"
    case .wrongChecksum(let path, let expected, let found):
      "'\(path)' has the checksum \(found), expected \(expected); run the same command again, or pass "
        + "another mirror with --base-url"
    case .wrongNetwork(let path, let found, let expected):
      "'\(path)' holds the \(list(found)), expected the \(list(expected)); run the same command "
        + "with another --base-url, or put the published file there"
    case .licenceNotAccepted(let asked):
      asked
        ? "nothing was downloaded: the licences were not accepted; answer y, or pass --accept-license"
        : "cannot ask whether you accept the licences, this is no terminal; read them and pass "
          + "--accept-license"
    case .offline(let folder, let missing):
      "'\(folder)' lacks \(missing.joined(separator: ", ")); put the published "
        + "\(missing.count == 1 ? "file" : "files") there, or leave out --offline"
    case .noSpace(let folder, let needed, let free):
      "the disk of '\(folder)' has \(gigabytes(free)) free, expected \(gigabytes(needed)) for the downloads "
        + "and what they become; free some space, choose another disk with --models, or pass --dtype f16"
    case .badAddress(let address):
      "'\(address)' is no address of a mirror, expected one like https://example.org/models; pass it with "
        + "--base-url"
    case .shipped(let variant):
      "\(variant.name) ships with mmaudio and is not downloaded; run `mmaudio generate --variant "
        + "\(variant.name)`"
    case .notInstalled(let variant, let folder):
      "'\(folder)' has no \(variant.name); see `mmaudio models list`"
    case .notConfirmed:
      "nothing was removed: nobody said yes; answer y on a terminal, or pass --yes"
    case .damaged(let count, let folder):
      "\(count) \(count == 1 ? "file" : "files") in '\(folder)' \(count == 1 ? "is" : "are") damaged; "
        + "delete \(count == 1 ? "it" : "them") and run `mmaudio models pull` again"
    case .damagedRecord(let path):
      "'\(path)' is damaged: expected the list of downloads as JSON; delete it, the models stay usable"
    case .output(let error): error.description
    case .weights(let error): error.description
    }
  }

  private static func duration(_ seconds: Int) -> String {
    seconds < 120 ? "\(seconds) s" : "\((seconds + 59) / 60) min"
  }

  private func gigabytes(_ byteCount: Int) -> String {
    String(format: "%.1f GB", Double(byteCount) / 1e9)
  }

  private func list(_ files: [ModelFile]) -> String {
    files.map(\.network).joined(separator: ", the ")
  }

  /// Runs `body`, and throws its error as one of these.
  static func rethrowing<Value>(
    _ body: () throws(OutputError) -> Value
  ) throws(DownloadError) -> Value {
    do throws(OutputError) { return try body() } catch { throw .output(error) }
  }

  /// Runs `body`, and throws its error as one of these.
  static func rethrowing<Value>(
    _ body: () throws(WeightError) -> Value
  ) throws(DownloadError) -> Value {
    do throws(WeightError) { return try body() } catch { throw .weights(error) }
  }
}
