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
}
