import ArgumentParser
import Foundation
import MMAudio
import MMAudioMedia

/// `mmaudio report`: what became of the clips of a batch, over all shards.
struct BatchReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Show what became of the clips of a batch, over all shards.",
    discussion: """
      Reads the results in the output folder and runs nothing. Ends with status 0 if all clips are \
      done, 3 if some failed, 75 if some have no result yet.
      """)

  @Argument(help: "The output folder of the batch.", completion: .directory)
  var folder: String

  @Flag(help: "Print one object.")
  var json = false

  func run() throws {
    let summary = try BatchSummary(folder: folder)
    if json { print(asciiJSON(summary)) } else { summary.lines.forEach { print($0.readable) } }
    guard summary.missing.isEmpty, summary.absentShards.isEmpty else {
      throw CommandError.clipsMissing(
        clips: summary.missing.count, shards: summary.absentShards, folder: folder)
    }
    guard summary.failed.isEmpty else {
      throw CommandError.clipsFailed(failed: summary.failed.count, total: summary.total)
    }
  }
}

/// What became of the clips of a batch.
struct BatchSummary: Encodable {
  /// Clips in the lists of all shards that have begun.
  let total: Int
  let done: Int
  /// The last results of clips that failed.
  let failed: [ClipResult]
  /// Ids of clips without a result.
  let missing: [String]
  /// Shards that have not begun.
  let absentShards: [Int]
  /// Seconds of all clips that are done, by stage.
  let seconds: [String: Double]

  /// Joins the lists and results of all shards.
  ///
  /// - Throws: that the folder has none
  init(folder: String) throws(CommandError) {
    let lists = ShardList.all(in: folder)
    guard let shards = lists.first?.shards else { throw .noBatch(folder: folder) }
    var results: [String: ClipResult] = [:]
    for path in Self.resultFiles(in: folder) {
      results.merge(ResultsFile.read(path)) { $1 }
    }
    let ids = lists.flatMap(\.ids)
    let found = ids.compactMap { results[$0] }
    total = ids.count
    done = found.count { $0.status == .done }
    failed = found.filter { $0.status == .failed }
    missing = ids.filter { results[$0] == nil }
    absentShards = (0..<shards).filter { shard in !lists.contains { $0.shard == shard } }
    seconds = found.reduce(into: [:]) { $0.merge($1.seconds, uniquingKeysWith: +) }
  }

  /// Oldest first.
  private static func resultFiles(in folder: String) -> [String] {
    let names = fileNames(in: folder) ?? []
    return names.filter { $0.wholeMatch(of: #/results\.shard-[0-9]+\.jsonl/#) != nil }
      .map { "\(folder)/\($0)" }
      .sorted { (FileStamp(path: $0)?.modified ?? 0) < (FileStamp(path: $1)?.modified ?? 0) }
  }

  /// A table for people.
  var lines: [String] {
    let counts = [
      ("clips", total), ("done", done), ("failed", failed.count), ("missing", missing.count),
    ]
    var lines = counts.map { $0.0.padding(toLength: 10, withPad: " ", startingAt: 0) + "\($0.1)" }
    let times = seconds.sorted { $0.key < $1.key }.filter { $0.key != "total" }
    if let all = seconds["total"], done > 0 {
      lines.append(
        "seconds   " + String(format: "%.1f", all) + ", "
          + times.map { "\($0.key) \(String(format: "%.1f", $0.value))" }.joined(separator: ", "))
    }
    lines += failed.map { "failed    \($0.id): \($0.error?.message ?? "")" }
    lines += missing.map { "missing   \($0)" }
    return lines + absentShards.map { "missing   all of shard \($0), which has not begun" }
  }
}
