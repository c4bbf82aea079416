/// The SHA-256 digest of a stream of bytes (FIPS 180-4).
///
/// Written out because Linux has no CryptoKit and swift-crypto would compile BoringSSL for one hash.
public struct SHA256: Sendable, BlockDigest {
  private var state = SHA256State<UInt32>()
  var byteCount: UInt64 = 0
  var pending: [UInt8] = []

  /// The digest of nothing yet.
  public init() {}

  /// Appends bytes to the stream.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) { absorb(bytes) }

  /// The digest of everything so far, as 64 hexadecimal digits.
  public var hexadecimal: String {
    let words = finished(lengthShifts: stride(from: 56, through: 0, by: -8)).state.words
    let digits = Array("0123456789abcdef")
    var text = ""
    for word in words {
      for shift in stride(from: 28, through: 0, by: -4) {
        text.append(digits[Int(word >> UInt32(shift) & 15)])
      }
    }
    return text
  }

  /// Runs the compression function over whole 64-byte blocks.
  mutating func compress(_ blocks: UnsafeRawBufferPointer) {
    guard let base = blocks.baseAddress else { return }
    state.compress(blocks: blocks.count / 64) { offset in
      // Safe: offsets are of words in whole blocks of the buffer.
      UInt32(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
  }
}

/// What the rounds of SHA-256 compute with: a word, or the words of several messages side by side.
protocol SHA256Word: BitwiseCopyable {
  init(repeating word: UInt32)
  static func & (_: Self, _: Self) -> Self
  static func | (_: Self, _: Self) -> Self
  static func ^ (_: Self, _: Self) -> Self
  static prefix func ~ (_: Self) -> Self
  static func &+ (_: Self, _: Self) -> Self
  static func &>> (_: Self, _: Self) -> Self
  static func &<< (_: Self, _: Self) -> Self
}

extension UInt32: SHA256Word {
  init(repeating word: UInt32) { self = word }
}

/// The eight words that SHA-256 carries from block to block; letters as in FIPS 180-4.
struct SHA256State<Word: SHA256Word>: Sendable where Word: Sendable {
  private(set) var a = Word(repeating: 0x6A09_E667)
  private(set) var b = Word(repeating: 0xBB67_AE85)
  private(set) var c = Word(repeating: 0x3C6E_F372)
  private(set) var d = Word(repeating: 0xA54F_F53A)
  private(set) var e = Word(repeating: 0x510E_527F)
  private(set) var f = Word(repeating: 0x9B05_688C)
  private(set) var g = Word(repeating: 0x1F83_D9AB)
  private(set) var h = Word(repeating: 0x5BE0_CD19)

  /// The words in order.
  var words: [Word] { [a, b, c, d, e, f, g, h] }

  /// Runs the compression function over `blocks` blocks; `load` gives the word at a byte offset.
  @inline(__always)
  mutating func compress(blocks: Int, load: (_ offset: Int) -> Word) {
    withUnsafeTemporaryAllocation(of: Word.self, capacity: 64) { words in
      for block in 0..<blocks {
        for index in 0..<16 { words[index] = load(block * 64 + index * 4) }
        for index in 16..<64 {
          let early = words[index - 15]
          let late = words[index - 2]
          let first = rotate(early, 7) ^ rotate(early, 18) ^ (early &>> Word(repeating: 3))
          let second = rotate(late, 17) ^ rotate(late, 19) ^ (late &>> Word(repeating: 10))
          words[index] = words[index - 16] &+ first &+ words[index - 7] &+ second
        }
        rounds(words)
      }
    }
  }

  /// The 64 rounds on one block.
  @inline(__always)
  private mutating func rounds(_ words: UnsafeMutableBufferPointer<Word>) {
    var (a, b, c, d) = (self.a, self.b, self.c, self.d)
    var (e, f, g, h) = (self.e, self.f, self.g, self.h)
    roundConstants.withUnsafeBufferPointer { constants in
      for index in 0..<64 {
        let choice = (e & f) ^ (~e & g)
        let majority = (a & b) ^ (a & c) ^ (b & c)
        let first =
          h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice
          &+ Word(repeating: constants[index]) &+ words[index]
        let second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
        (h, g, f, e) = (g, f, e, d &+ first)
        (d, c, b, a) = (c, b, a, first &+ second)
      }
    }
    (self.a, self.b, self.c, self.d) = (self.a &+ a, self.b &+ b, self.c &+ c, self.d &+ d)
    (self.e, self.f, self.g, self.h) = (self.e &+ e, self.f &+ f, self.g &+ g, self.h &+ h)
  }
}

@inline(__always)
private func rotate<Word: SHA256Word>(_ word: Word, _ count: UInt32) -> Word {
  (word &>> Word(repeating: count)) | (word &<< Word(repeating: 32 &- count))
}

private let roundConstants: [UInt32] = [
  0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1,
  0x923F_82A4, 0xAB1C_5ED5, 0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3,
  0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174, 0xE49B_69C1, 0xEFBE_4786,
  0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
  0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147,
  0x06CA_6351, 0x1429_2967, 0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13,
  0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85, 0xA2BF_E8A1, 0xA81A_664B,
  0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
  0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A,
  0x5B9C_CA4F, 0x682E_6FF3, 0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208,
  0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
]
