import Foundation

/// The MD5 digest of a stream of bytes (RFC 1321), which the published files come with.
///
/// It finds damage, not malice: nothing here trusts a file because of it.
public struct MD5: Sendable, BlockDigest {
  private var state = SIMD4<UInt32>(0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476)
  var byteCount: UInt64 = 0
  var pending: [UInt8] = []

  /// The digest of nothing yet.
  public init() {}

  /// Appends bytes to the stream.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) { absorb(bytes) }

  /// The digest of everything so far, as 32 hexadecimal digits.
  public var hexadecimal: String {
    let state = finished(lengthShifts: stride(from: 0, to: 64, by: 8)).state
    let digits = Array("0123456789abcdef")
    var text = ""
    for byte in 0..<16 {
      let value = Int(state[byte / 4] >> UInt32(byte % 4 * 8) & 255)
      text += [digits[value >> 4], digits[value & 15]]
    }
    return text
  }

  /// Runs the compression function over whole 64-byte blocks; letters as in the RFC.
  mutating func compress(_ blocks: UnsafeRawBufferPointer) {
    guard let base = blocks.baseAddress else { return }
    sines.withUnsafeBufferPointer { sines in
      for block in 0..<blocks.count / 64 {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        for step in 0..<64 {
          let mixed: UInt32
          let word: Int
          switch step >> 4 {
          case 0: (mixed, word) = ((b & c) | (~b & d), step)
          case 1: (mixed, word) = ((d & b) | (~d & c), 5 &* step &+ 1)
          case 2: (mixed, word) = (b ^ c ^ d, 3 &* step &+ 5)
          default: (mixed, word) = (c ^ (b | ~d), 7 &* step)
          }
          // Safe: `block` counts whole blocks of the buffer.
          let value = UInt32(
            littleEndian: base.loadUnaligned(
              fromByteOffset: block &* 64 &+ (word & 15) &* 4, as: UInt32.self))
          let sum = a &+ mixed &+ sines[step] &+ value
          let shift = shifts[step >> 4][step & 3]
          (a, d, c, b) = (d, c, b, b &+ ((sum &<< shift) | (sum &>> (32 &- shift))))
        }
        state = state &+ SIMD4(a, b, c, d)
      }
    }
  }
}

private let shifts: [SIMD4<UInt32>] = [
  SIMD4(7, 12, 17, 22), SIMD4(5, 9, 14, 20), SIMD4(4, 11, 16, 23), SIMD4(6, 10, 15, 21),
]

/// The RFC's table T: the fraction bits of sines.
private let sines: [UInt32] = (1...64).map { UInt32(abs(sin(Double($0))) * 4_294_967_296) }
