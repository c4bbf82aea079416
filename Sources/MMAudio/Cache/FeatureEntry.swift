import Foundation
import MMAudioKernels
import MMAudioMedia

/// A file of the cache: the values as they are in memory, then a digest of them and of the entry's key.
struct FeatureEntry {
  private static let digestByteCount = 64

  let key: FeatureKey
  let url: URL

  /// The entry of `key` in a cache's folder.
  init(_ key: FeatureKey, in folder: URL) {
    self.key = key
    url = folder.appendingPathComponent(key.path)
  }

  /// Bytes of an entry of `count` values.
  static func byteCount(_ count: Int) -> Int { count * 4 + digestByteCount }

  /// The features, `rows` and a last axis as long as the file says.
  ///
  /// - Parameters:
  ///   - rows: all axes but the last
  ///   - limit: bytes that no entry exceeds
  /// - Returns: nil if the entry is damaged
  /// - Throws: that there is none, or that it cannot be read
  func read(rows: [Int], limit: Int) throws(WeightError) -> Tensor? {
    let file = try InputFile(url)
    let count = (file.size - Self.digestByteCount) / 4
    let rowCount = rows.reduce(1, *)
    guard file.size <= limit, count > 0, rowCount > 0, Self.byteCount(count) == file.size,
      count % rowCount == 0
    else { return nil }
    var result = Result<Void, WeightError>.success(())
    // Copied, not mapped: what was verified must not change behind our back.
    let tensor = Tensor(rows + [count / rowCount]) { values in
      result = Result { () throws(WeightError) in
        try file.read(count * 4, at: 0, into: values, part: "its values")
      }
    }
    try result.get()
    let digest = try file.bytes(Self.digestByteCount, at: count * 4, part: "its digest")
    return digest == self.digest(of: tensor) ? tensor : nil
  }

  /// Writes the entry, whole or not at all.
  func write(_ features: Tensor) throws(OutputError) {
    try makeOutputFolder(path: url.deletingLastPathComponent().path)
    let file = try AtomicFile(path: url.path)
    var result = Result<Void, OutputError>.success(())
    features.withBytes { bytes in
      result = Result { () throws(OutputError) in try file.write(bytes) }
    }
    try result.get()
    try file.write(digest(of: features))
    // Readers find out what a power failure has damaged.
    try file.commit(flushing: false)
  }

  private func digest(of features: Tensor) -> [UInt8] {
    var digest = SHA256()
    Array(key.digest.utf8).withUnsafeBytes { digest.update($0) }
    features.withBytes { digest.updateInLanes($0) }
    return Array(digest.hexadecimal.utf8)
  }
}

extension Tensor {
  fileprivate func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    withValues { values in
      // Safe: a tensor has `count` values.
      body(UnsafeRawBufferPointer(start: values, count: count * MemoryLayout<Float>.size))
    }
  }
}
