import Testing

@testable import MMAudioKernels

@Suite struct SHA256Tests {
  private func digest(_ bytes: [UInt8], step: Int) -> String {
    var hash = SHA256()
    for start in stride(from: 0, to: bytes.count, by: step) {
      bytes[start..<min(bytes.count, start + step)].withUnsafeBytes { hash.update($0) }
    }
    return hash.hexadecimal
  }

  @Test(
    "SHA-256 gives the digests of FIPS 180-4 and NIST's examples",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func vectors(text: String, expected: String) {
    for step in [1, 3, 64, 1000] { #expect(digest(Array(text.utf8), step: step) == expected) }
  }

  @Test("a million times 'a', in pieces of any size", arguments: [63, 64, 65, 1_000_000])
  func million(step: Int) {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(
      digest(bytes, step: step)
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// The tree that `updateInLanes` describes, lane by lane.
  private func tree(_ bytes: [UInt8]) -> String {
    var hash = SHA256()
    func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { hash.update($0) } }
    let (group, lane) = (1 << 18, 1 << 14)
    let whole = bytes.count / group * group
    for start in stride(from: 0, to: whole, by: group) {
      let lanes = (0..<16).map { index in
        var state = SHA256State<UInt32>()
        state.compress(blocks: lane / 64) { offset in
          let first = start + index * lane + offset
          return bytes[first..<first + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
        return state.words
      }
      for word in 0..<8 {
        for lane in lanes { withUnsafeBytes(of: lane[word].littleEndian) { append(Array($0)) } }
      }
    }
    append(Array(bytes[whole...]))
    withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { append(Array($0)) }
    return hash.hexadecimal
  }

  @Test(
    "sixteen lanes at a time give the digest of the same tree, whatever is left over",
    arguments: [0, 1, (1 << 18) - 1, 1 << 18, (1 << 18) + 5, (1 << 19) + 100])
  func lanes(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.updateInLanes($0) }
    #expect(hash.hexadecimal == tree(bytes))
  }
}
