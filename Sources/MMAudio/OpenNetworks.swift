import Synchronization

/// Networks that stay open from one clip to the next, so that their weights are prepared once.
final class OpenNetworks: Sendable {
  private struct Entry: Sendable {
    let name: String
    let file: SafetensorsFile
    let network: any Sendable
    let byteCount: Int
  }

  /// Bytes of weights that may stay open; with 0 every network is closed after its use.
  private let limit: Int
  /// The last used is the last.
  private let entries = Mutex<[Entry]>([])

  init(limit: Int) { self.limit = limit }

  /// Calls `body` with a network that is open already, or opened now.
  ///
  /// - Parameters:
  ///   - file: which network
  ///   - folder: where it is
  ///   - make: builds it from its weights
  ///   - body: uses it
  /// - Returns: what `body` returns
  /// - Throws: that the file cannot be used, or what `body` throws
  func with<Network: Sendable, Value>(
    _ file: ModelFile, in folder: ModelFolder, make: (WeightScope) throws -> Network,
    _ body: (Network, SafetensorsFile) throws -> Value
  ) throws -> Value {
    let kept = entries.withLock { entries in
      entries.firstIndex { $0.name == file.name }.map { entries.remove(at: $0) }
    }
    if let kept, let network = kept.network as? Network {
      defer { keep(kept) }
      return try body(network, kept.file)
    }
    let weights = try file.open(in: folder)
    let byteCount = weights.byteCount
    // Room is made before it is needed.
    makeRoom(for: byteCount)
    let network = try make(WeightScope(weights))
    defer {
      keep(Entry(name: file.name, file: weights, network: network, byteCount: byteCount))
    }
    return try body(network, weights)
  }

  private func keep(_ entry: Entry) {
    guard entry.byteCount <= limit else { return }
    makeRoom(for: entry.byteCount)
    entries.withLock { $0.append(entry) }
  }

  /// Closes the networks that were not used for longest.
  private func makeRoom(for byteCount: Int) {
    entries.withLock { entries in
      while !entries.isEmpty, entries.reduce(byteCount, { $0 + $1.byteCount }) > limit {
        entries.removeFirst()
      }
    }
  }
}
