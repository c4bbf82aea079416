/// A part of the clips that one job makes; the others make the rest.
///
/// The id alone says which part a clip is in, so that adding clips moves none.
struct Shard: Sendable, Equatable {
  /// All clips.
  static let whole = Shard(index: 0, count: 1)

  /// Which part, counted from 0.
  let index: Int
  /// How many parts there are.
  let count: Int

  private init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// The part that `text` names: `i/n`, `auto`, or `auto/n` where the scheduler's id is i as it is.
  ///
  /// - Parameters:
  ///   - text: as the user wrote it
  ///   - environment: where schedulers say which job this is
  /// - Throws: that there is no such part, or that no scheduler says which
  init(_ text: String, environment: [String: String]) throws(BatchError) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let count = parts.count == 2 ? Int(parts[1]) : nil
    guard parts.count == 1 || (count ?? 0) > 0 else { throw .shard(text) }
    if parts[0] == "auto" {
      self = try SchedulerVariables(environment).shard(of: count)
      return
    }
    guard let index = Int(parts[0]), let count, (0..<count).contains(index) else {
      throw .shard(text)
    }
    self.init(index: index, count: count)
  }

  /// Whether a clip belongs to this part: the first 8 bytes, big-endian, of the SHA-256 of its id,
  /// modulo the number of parts, are the part's index.
  func contains(id: String) -> Bool {
    count == 1 || leadingDigest(Array(id.utf8)) % UInt64(count) == UInt64(index)
  }

  /// A part by numbers that a scheduler has given.
  fileprivate static func checked(_ index: Int, of count: Int) throws(BatchError) -> Shard {
    guard (0..<count).contains(index) else { throw .shardRange(index: index, count: count) }
    return Shard(index: index, count: count)
  }
}

/// What Slurm's arrays and Kubernetes' indexed jobs say in the environment.
private struct SchedulerVariables {
  private let environment: [String: String]

  init(_ environment: [String: String]) { self.environment = environment }

  func shard(of count: Int?) throws(BatchError) -> Shard {
    if let id = try number("SLURM_ARRAY_TASK_ID") {
      // As it is: an array of the tasks that failed has another minimum and count.
      if let count { return try .checked(id, of: count) }
      return try slurm(id)
    }
    guard let index = try number("JOB_COMPLETION_INDEX") else { throw .noScheduler }
    let completions = try number("JOB_COMPLETIONS")
    guard let count = count ?? completions, count > 0 else {
      throw .noShardCount(variable: "JOB_COMPLETION_INDEX")
    }
    return try .checked(index, of: count)
  }

  /// Slurm's ids begin and step as the user likes.
  private func slurm(_ id: Int) throws(BatchError) -> Shard {
    guard let count = try number("SLURM_ARRAY_TASK_COUNT"), count > 0,
      let first = try number("SLURM_ARRAY_TASK_MIN")
    else { throw .noShardCount(variable: "SLURM_ARRAY_TASK_ID") }
    let step = try number("SLURM_ARRAY_TASK_STEP") ?? 1
    let last = try number("SLURM_ARRAY_TASK_MAX")
    guard step > 0, id >= first, (id - first) % step == 0,
      last.map({ $0 - first == (count - 1) * step }) ?? true
    else { throw .unevenArray }
    return try .checked((id - first) / step, of: count)
  }

  private func number(_ variable: String) throws(BatchError) -> Int? {
    guard let value = environment[variable] else { return nil }
    guard let number = Int(value), (0...Int(UInt32.max)).contains(number) else {
      throw .scheduler(variable: variable, value: value)
    }
    return number
  }
}
