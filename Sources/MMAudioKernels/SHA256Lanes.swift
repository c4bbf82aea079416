extension SIMD16: SHA256Word where Scalar == UInt32 {}

extension SHA256 {
  /// Bytes that are hashed in sixteen lanes.
  private static let groupByteCount = 1 << 18

  /// Appends a digest of bytes that are all there, as hard to deceive as SHA-256 and ten times faster on
  /// every thread.
  ///
  /// A tree of two levels: each sixteenth of every 256 KiB is hashed by itself, sixteen at a time in vector
  /// registers. Their digests, the bytes that are left and the number of all bytes go into the stream.
  ///
  /// - Parameter bytes: only read during the call
  public mutating func updateInLanes(_ bytes: UnsafeRawBufferPointer) {
    let groups = bytes.count / Self.groupByteCount
    if let base = bytes.baseAddress, groups > 0 {
      let digests = [SIMD16<UInt32>](unsafeUninitializedCapacity: groups * 8) { digests, count in
        // Safe: every group has its own eight places, and Array's memory outlives the call.
        nonisolated(unsafe) let digests = digests
        parallelFor(groups) { group in
          let state = Self.lanes(base + group * Self.groupByteCount)
          for (index, words) in state.words.enumerated() {
            digests.initializeElement(at: group * 8 + index, to: words)
          }
        }
        count = groups * 8
      }
      digests.withUnsafeBytes { update($0) }
    }
    update(UnsafeRawBufferPointer(rebasing: bytes[(groups * Self.groupByteCount)...]))
    withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { update($0) }
  }

  /// The digests of the sixteenths of a group; all have one length, so none needs padding.
  private static func lanes(_ group: UnsafeRawPointer) -> SHA256State<SIMD16<UInt32>> {
    let lane = groupByteCount / 16
    var state = SHA256State<SIMD16<UInt32>>()
    state.compress(blocks: lane / 64) { offset in
      var words = SIMD16<UInt32>()
      for index in 0..<16 {
        // Safe: `offset` is of a word in whole blocks of a lane.
        words[index] = UInt32(
          bigEndian: group.loadUnaligned(fromByteOffset: index * lane + offset, as: UInt32.self))
      }
      return words
    }
    return state
  }
}
