import Foundation
import MMAudioKernels

/// The normal noise of `torch.Generator("cpu").manual_seed(seed)` and `torch.randn`, value for value.
///
/// ATen has two ways to draw float32 normals and picks by count: 16 or more values take a blocked
/// Box-Muller transform in `Float`, fewer take a scalar one in `Double` that keeps its second value
/// for later. Sources: `ATen/core/MT19937RNGEngine.h`, `ATen/core/DistributionsHelper.h`
/// (`normal_distribution`), `ATen/native/cpu/DistributionTemplates.h` (`normal_fill`),
/// `ATen/CPUGeneratorImpl.cpp` (`random64`).
///
/// ATen's vector code approximates log, sin and cos by polynomials; libm differs from those by at
/// most 4.8e-7 absolute, one unit in the last place of the largest values.
public struct TorchRandom: Sendable {
  private var engine: MersenneTwister
  /// Sine half of the last scalar pair; PyTorch keeps it in the generator, across calls.
  private var pending: Double?

  /// A generator seeded as `manual_seed(seed)` does, of which only the low 32 bits count.
  ///
  /// - Parameter seed: a negative seed `s` of PyTorch is `UInt64(bitPattern: s)`
  public init(seed: UInt64) {
    engine = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
  }

  /// Independent values of mean 0 and deviation 1, `torch.randn(shape)`.
  ///
  /// - Parameter shape: sizes of the axes, outermost first
  /// - Returns: a tensor of that shape; the generator moves on
  public mutating func normal(_ shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    let values =
      count >= Self.blockSize ? blockNormals(count) : (0..<count).map { _ in scalarNormal() }
    return Tensor(shape, values)
  }

  /// Values that one Box-Muller block makes: 8 radii and 8 angles become 8 cosines and 8 sines.
  private static let blockSize = 16

  /// `normal_fill`: uniforms for all values first, then blocks of 16 in place.
  private mutating func blockNormals(_ count: Int) -> [Float] {
    var values = (0..<count).map { _ in uniformFloat() }
    for start in stride(from: 0, through: count - Self.blockSize, by: Self.blockSize) {
      Self.transformBlock(&values, at: start)
    }
    if !count.isMultiple(of: Self.blockSize) {
      // The last 16 are drawn again, overwriting up to 15 values of the block before.
      let start = count - Self.blockSize
      for index in start..<count { values[index] = uniformFloat() }
      Self.transformBlock(&values, at: start)
    }
    return values
  }

  /// `radius = sqrt(-2 log(1 - u1))`, `angle = 2 pi u2`, all rounded to `Float` as ATen does.
  private static func transformBlock(_ values: inout [Float], at start: Int) {
    let half = blockSize / 2
    for index in start..<start + half {
      let radius = (-2 * log(1 - values[index])).squareRoot()
      // 2 pi is rounded before the product; a Double angle would be off by up to 1.7e-6.
      let angle = Float(2 * Double.pi) * values[index + half]
      values[index] = radius * cos(angle)
      values[index + half] = radius * sin(angle)
    }
  }

  /// `normal_distribution<double>`: the cosine half now, the sine half at the next call.
  private mutating func scalarNormal() -> Float {
    if let value = pending {
      pending = nil
      return Float(value)
    }
    let angle = 2 * Double.pi * uniformDouble()
    let radius = (-2 * log1p(-uniformDouble())).squareRoot()
    pending = radius * sin(angle)
    return Float(radius * cos(angle))
  }

  /// A multiple of 2^-24 in [0, 1).
  private mutating func uniformFloat() -> Float {
    Float(engine.next() & 0xff_ffff) * 0x1p-24
  }

  /// A multiple of 2^-53 in [0, 1); `random64` puts the first word on top.
  private mutating func uniformDouble() -> Double {
    let high = UInt64(engine.next())
    let low = UInt64(engine.next())
    return Double((high << 32 | low) & 0x1f_ffff_ffff_ffff) * 0x1p-53
  }
}

/// MT19937 of Matsumoto and Nishimura (1998), seeded by one 32-bit word.
private struct MersenneTwister: Sendable {
  private static let size = 624
  private static let shift = 397

  private var state: [UInt32]
  private var position = size

  init(seed: UInt32) {
    state = [seed]
    for index in 1..<UInt32(Self.size) {
      let previous = state[Int(index) - 1]
      state.append(1_812_433_253 &* (previous ^ previous >> 30) &+ index)
    }
  }

  mutating func next() -> UInt32 {
    if position == Self.size {
      twist()
      position = 0
    }
    var word = state[position]
    position += 1
    word ^= word >> 11
    word ^= word << 7 & 0x9d2c_5680
    word ^= word << 15 & 0xefc6_0000
    return word ^ word >> 18
  }

  private mutating func twist() {
    for index in 0..<Self.size {
      let next = state[(index + 1) % Self.size]
      let mixed = state[index] & 0x8000_0000 | next & 0x7fff_ffff
      let twisted = mixed >> 1 ^ (next & 1 == 0 ? 0 : 0x9908_b0df)
      state[index] = state[(index + Self.shift) % Self.size] ^ twisted
    }
  }
}
