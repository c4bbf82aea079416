import ArgumentParser
import MMAudio

/// `mmaudio cache stats`: how much there is.
struct CacheStats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Show where the cache is and how much is in it.")

  @Flag(help: "Print one object.")
  var json = false

  func run() {
    let report = Report()
    guard !json else { return print(asciiJSON(report)) }
    let rows =
      [
        ("folder", report.folder),
        ("limit", "\(Models.size(report.limit)), or what --cache-size says"),
      ]
      + report.features.map { kind in
        (kind.kind, "\(Self.entries(kind.entries)), \(Models.size(kind.bytes))")
      } + [
        ("together", "\(Self.entries(report.entries)), \(Models.size(report.bytes))"),
        ("flow weights", "\(Models.size(report.flowBytes)) in \(report.flowFolder)"),
      ]
    for (name, value) in rows {
      print(name.padding(toLength: 14, withPad: " ", startingAt: 0) + value)
    }
  }

  /// `1 entry`, `2 entries`.
  static func entries(_ count: Int) -> String { "\(count) \(count == 1 ? "entry" : "entries")" }

  /// Sizes are in bytes.
  private struct Report: Encodable {
    private enum CodingKeys: String, CodingKey {
      case folder, limit, features, entries, bytes
      case flowFolder = "flow_folder"
      case flowBytes = "flow_bytes"
    }

    let folder = FeatureCache.standardURL().path
    let limit = ByteSize.standardCache.count
    let features = CacheContents(FeatureCache.standardURL()).kinds
    let entries: Int
    let bytes: Int
    let flowFolder = FlowCache.standard().url.path
    let flowBytes = FlowCache.standard().byteCount

    init() {
      entries = features.reduce(0) { $0 + $1.entries }
      bytes = features.reduce(0) { $0 + $1.bytes }
    }
  }
}
