import Foundation
import MMAudio
import MMAudioMedia

/// `clips.shard-0.json` of an output folder: which clips a shard has, so that a missing one is known.
struct ShardList: Codable, Equatable {
  /// From 0.
  let shard: Int
  /// How many there are.
  let shards: Int
  let ids: [String]

  /// The clips of a plan.
  init(_ plan: BatchPlan) {
    shard = plan.shard.index
    shards = plan.shard.count
    ids = plan.clips.map(\.id) + plan.failures.map(\.id)
  }

  /// Writes it into the output folder.
  func write(in folder: String) throws(OutputError) {
    let file = try AtomicFile(path: "\(folder)/clips.shard-\(shard).json")
    try file.write(Array((asciiJSON(self) + "\n").utf8))
    try file.commit()
  }

  /// All lists in a folder that belong to the newest way to split it.
  static func all(in folder: String) -> [ShardList] {
    let names = fileNames(in: folder) ?? []
    let lists = names.filter { $0.wholeMatch(of: #/clips\.shard-[0-9]+\.json/#) != nil }
      .compactMap { name -> (list: ShardList, modified: Int)? in
        let path = "\(folder)/\(name)"
        guard let data = fileContents(path),
          let list = try? JSONDecoder().decode(ShardList.self, from: data)
        else { return nil }
        return (list, FileStamp(path: path)?.modified ?? 0)
      }
    let newest = lists.max { $0.modified < $1.modified }
    return lists.map(\.list).filter { $0.shards == newest?.list.shards }
      .sorted { $0.shard < $1.shard }
  }
}
