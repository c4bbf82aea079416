import Testing

@testable import MMAudioCLI

/// Parts of a batch, and who makes which.
@Suite struct ShardTests {
  @Test(
    "a part that is written out, or that a scheduler names",
    arguments: [
      ("0/1", [:], 0, 1), ("2/3", [:], 2, 3),
      ("auto", slurm("5", "5", "4", nil), 0, 4), ("auto", slurm("8", "5", "4", "8"), 3, 4),
      (
        "auto",
        slurm("13", "1", "4", "19").merging(["SLURM_ARRAY_TASK_STEP": "6"]) { $1 }, 2, 4
      ),
      ("auto/10", slurm("5", "5", "1", nil), 5, 10),
      ("auto/4", ["JOB_COMPLETION_INDEX": "3"], 3, 4),
      ("auto", ["JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "4"], 0, 4),
    ] as [(String, [String: String], Int, Int)])
  func parsed(text: String, environment: [String: String], index: Int, count: Int) throws {
    let shard = try Shard(text, environment: environment)
    #expect(shard.index == index && shard.count == count)
  }

  @Test(
    "parts that there are not",
    arguments: [
      ("", [:], .shard("")), ("1", [:], .shard("1")), ("3/3", [:], .shard("3/3")),
      ("-1/3", [:], .shard("-1/3")), ("0/0", [:], .shard("0/0")), ("0/1/2", [:], .shard("0/1/2")),
      ("auto/0", [:], .shard("auto/0")), ("auto/x", [:], .shard("auto/x")),
      ("auto", [:], .noScheduler), ("auto/3", [:], .noScheduler),
      ("auto", ["JOB_COMPLETION_INDEX": "3"], .noShardCount(variable: "JOB_COMPLETION_INDEX")),
      ("auto", ["SLURM_ARRAY_TASK_ID": "3"], .noShardCount(variable: "SLURM_ARRAY_TASK_ID")),
      (
        "auto/3", ["JOB_COMPLETION_INDEX": "x"],
        .scheduler(variable: "JOB_COMPLETION_INDEX", value: "x")
      ),
      ("auto/3", ["JOB_COMPLETION_INDEX": "3"], .shardRange(index: 3, count: 3)),
      ("auto", slurm("9", "5", "4", nil), .shardRange(index: 4, count: 4)),
      ("auto", slurm("5", "5", "4", "20"), .unevenArray),
    ] as [(String, [String: String], BatchError)])
  func refused(text: String, environment: [String: String], error: BatchError) {
    #expect(throws: error) { try Shard(text, environment: environment) }
  }

  @Test("the digest of the id alone says which part (SHA-256 by Python's hashlib)")
  func membership() throws {
    let ids = ["a", "b", "c", "d", "e", "folder/clip", "日本"]
    let parts = [4, 0, 3, 0, 4, 0, 2]
    for (id, part) in zip(ids, parts) {
      for index in 0..<7 {
        let shard = try Shard("\(index)/7", environment: [:])
        #expect(shard.contains(id: id) == (index == part), "\(id), \(index)")
      }
      #expect(Shard.whole.contains(id: id))
    }
  }
}

private func slurm(
  _ id: String, _ first: String, _ count: String, _ last: String?
) -> [String: String] {
  var variables = [
    "SLURM_ARRAY_TASK_ID": id, "SLURM_ARRAY_TASK_MIN": first, "SLURM_ARRAY_TASK_COUNT": count,
  ]
  variables["SLURM_ARRAY_TASK_MAX"] = last
  return variables
}
