import MMAudioKernels
import Testing

@Suite struct MD5Tests {
  @Test(
    "the test suite of RFC 1321, in one piece and byte by byte",
    arguments: [
      ("", "d41d8cd98f00b204e9800998ecf8427e"),
      ("abc", "900150983cd24fb0d6963f7d28e17f72"),
      ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
      (
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        "57edf4a22be3c955ac49da2e2107b67a"
      ),
    ])
  func vectors(text: String, expected: String) {
    var whole = MD5()
    Array(text.utf8).withUnsafeBytes { whole.update($0) }
    #expect(whole.hexadecimal == expected)
    var pieces = MD5()
    for byte in text.utf8 { [byte].withUnsafeBytes { pieces.update($0) } }
    #expect(pieces.hexadecimal == expected)
  }
}
