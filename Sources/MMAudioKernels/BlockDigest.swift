/// What MD5 and SHA-256 share: 64-byte blocks, and a last one that ends in the number of bits.
protocol BlockDigest {
  /// Bytes so far.
  var byteCount: UInt64 { get set }
  /// Bytes that are not a whole block yet.
  var pending: [UInt8] { get set }

  /// Runs the compression function over whole 64-byte blocks.
  mutating func compress(_ blocks: UnsafeRawBufferPointer)
}

extension BlockDigest {
  /// Appends bytes to the stream.
  mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
    byteCount &+= UInt64(bytes.count)
    var rest = bytes[...]
    if !pending.isEmpty {
      let missing = rest.prefix(64 - pending.count)
      pending += missing
      rest = rest.dropFirst(missing.count)
      guard pending.count == 64 else { return }
      let block = pending
      block.withUnsafeBytes { compress($0) }
      pending.removeAll(keepingCapacity: true)
    }
    let whole = rest.count & ~63
    compress(UnsafeRawBufferPointer(rebasing: rest.prefix(whole)))
    pending += rest.dropFirst(whole)
  }

  /// The same stream with its end: a 1 bit, zeros, and the number of bits whose bytes `shifts` order.
  func finished(lengthShifts shifts: some Sequence<Int>) -> Self {
    var copy = self
    var tail: [UInt8] = [0x80]
    while (pending.count + tail.count) % 64 != 56 { tail.append(0) }
    let bits = byteCount &* 8
    for shift in shifts { tail.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
    tail.withUnsafeBytes { copy.absorb($0) }
    return copy
  }
}
