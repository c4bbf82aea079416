/// Elementwise nonlinearities that linear layers and convolutions apply to their output while it
/// is still in cache.
public enum Activation: Sendable {
  /// `x`.
  case identity
  /// `x · sigmoid(x)`.
  case silu
  /// `λ x` for x > 0, else `λ α (eˣ - 1)` (Klambauer et al. 2017).
  case selu
  /// `x · Φ(x)` with the exact error function.
  case gelu
  /// `x · sigmoid(1.702 x)`, what DFN5B's CLIP was trained with.
  case quickGELU

  /// Replaces `count` values.
  @inline(__always)
  func apply(to x: UnsafeMutablePointer<Float>, count: Int) {
    switch self {
    case .identity: break
    case .silu: mapLanes(SiLU.self, x, x, count)
    case .selu: mapLanes(SELU.self, x, x, count)
    case .gelu: mapLanes(GELU.self, x, x, count)
    case .quickGELU: mapLanes(QuickGELU.self, x, x, count)
    }
  }
}

/// A function of sixteen values at a time.
///
/// A type rather than a closure, because the compiler makes a function of a closure that is used in more
/// than one place, and a function takes its vectors in pieces.
protocol LaneFunction {
  static func of(_ x: SIMD16<Float>) -> SIMD16<Float>
}

private enum SiLU: LaneFunction {
  @inline(__always)
  static func of(_ x: SIMD16<Float>) -> SIMD16<Float> { x * sigmoid(x) }
}

private enum SELU: LaneFunction {
  @inline(__always)
  static func of(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let negative = 1.673_263_242 * (exponential(x) - 1)
    return 1.050_700_987 * x.replacing(with: negative, where: x .<= 0)
  }
}

private enum GELU: LaneFunction {
  @inline(__always)
  static func of(_ x: SIMD16<Float>) -> SIMD16<Float> {
    x * (0.5 + 0.5 * errorFunction(x * 0.707_106_781))
  }
}

private enum QuickGELU: LaneFunction {
  @inline(__always)
  static func of(_ x: SIMD16<Float>) -> SIMD16<Float> { x * sigmoid(1.702 * x) }
}

private enum HyperbolicTangent: LaneFunction {
  @inline(__always)
  static func of(_ x: SIMD16<Float>) -> SIMD16<Float> { 1 - 2 / (exponential(2 * x) + 1) }
}

extension Tensor {
  /// This tensor with `activation` applied to every value, times `gain`.
  public func activated(_ activation: Activation, gain: Float = 1) -> Tensor {
    mapChunks { input, output, count in
      output.update(from: input, count: count)
      activation.apply(to: output, count: count)
      if gain != 1 { for i in 0..<count { output[i] *= gain } }
    }
  }

  /// `tanh(x)`, as `1 - 2 / (e^2x + 1)`.
  public func hyperbolicTangent() -> Tensor {
    mapChunks { input, output, count in
      mapLanes(HyperbolicTangent.self, input, output, count)
    }
  }

  /// Every value moved into `[lowest, highest]`.
  public func clamped(_ lowest: Float, _ highest: Float) -> Tensor {
    mapChunks { input, output, count in
      for i in 0..<count { output[i] = min(max(input[i], lowest), highest) }
    }
  }

  /// Whether no value is NaN or infinite.
  public var isFinite: Bool {
    withValues { memory in
      var worst: UInt32 = 0
      for i in 0..<count { worst = max(worst, memory[i].bitPattern & 0x7FFF_FFFF) }
      return worst < Float.infinity.bitPattern
    }
  }

  /// A new tensor that `body(input, output, count)` fills chunk by chunk, on all threads.
  func mapChunks(
    _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> Tensor {
    withValues { input in
      Tensor(shape) { output in
        // Large enough to pay for a thread's wake-up, small enough to stay in its L2 cache.
        let chunk = 65_536
        parallelFor((count + chunk - 1) / chunk) { index in
          let start = index * chunk
          body(input + start, output + start, min(chunk, count - start))
        }
      }
    }
  }
}
