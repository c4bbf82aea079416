import Foundation
import MMAudioKernels
import MMAudioMedia
import Synchronization

/// What the encoders made of pictures and prompts, kept for the next run; the least recently used go first.
///
/// Any number of processes may use one folder, on one machine or several: entries appear whole, are verified
/// when they are read, and one that is damaged or gone is computed again. A folder that cannot be used costs
/// time and nothing else.
public final class FeatureCache: Sendable {
  /// Where it is, made when it is needed.
  public let url: URL
  /// Bytes that it may take.
  public let limit: Int
  private let state = Mutex(State())

  private struct State {
    /// Bytes written since the folder was last looked through.
    var unchecked = 0
    var problem: OutputError?
  }

  /// A cache that need not exist yet.
  ///
  /// - Parameters:
  ///   - url: its folder
  ///   - limit: bytes that it may take
  public init(url: URL = standardURL(), limit: Int) {
    self.url = url
    self.limit = limit
  }

  /// `$XDG_CACHE_HOME/mmaudio/features`; `$XDG_CACHE_HOME` is `~/.cache` unless set.
  public static func standardURL(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL {
    FlowCache.standard(environment: environment).url.deletingLastPathComponent()
      .appendingPathComponent("features")
  }

  /// Why features could not be kept, if so.
  public var problem: OutputError? { state.withLock { $0.problem } }

  /// The features of `key`, which count as used now.
  ///
  /// - Parameters:
  ///   - key: what they depend on
  ///   - rows: all axes but the last
  /// - Returns: nil if they are not here, or were damaged
  func features(_ key: FeatureKey, rows: [Int]) -> Tensor? {
    let entry = FeatureEntry(key, in: url)
    do throws(WeightError) {
      if let features = try entry.read(rows: rows, limit: limit) {
        utimes(entry.url.path, nil)
        return features
      }
    } catch {
      if case .fileMissing = error { return nil }
    }
    unlink(entry.url.path)
    return nil
  }

  /// Keeps features, if that is possible.
  func keep(_ features: Tensor, for key: FeatureKey) {
    let byteCount = FeatureEntry.byteCount(features.count)
    // After a failure each further try would only take time.
    guard byteCount <= limit, problem == nil else { return }
    do throws(OutputError) {
      try FeatureEntry(key, in: url).write(features)
    } catch {
      return state.withLock { $0.problem = error }
    }
    let unchecked = state.withLock { state in
      state.unchecked += byteCount
      return state.unchecked
    }
    // Looking through thousands of files at every one that is written would be slow.
    if unchecked > limit / 20 { trim() }
  }

  /// Removes the least recently used entries until a tenth of the room is free, if there are too many; to be
  /// called at the end of a run.
  public func trim() {
    let unchecked = state.withLock { state in
      defer { state.unchecked = 0 }
      return state.unchecked
    }
    guard unchecked > 0 else { return }
    let entries = CacheContents(url, removingLeftovers: true).entries
    var byteCount = entries.reduce(0) { $0 + $1.byteCount }
    guard byteCount > limit else { return }
    for entry in entries.sorted(by: { $0.used < $1.used }) where byteCount > limit / 10 * 9 {
      unlink(entry.path)
      byteCount -= entry.byteCount
    }
  }
}
