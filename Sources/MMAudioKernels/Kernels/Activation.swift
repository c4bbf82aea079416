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

  @inline(__always)
  func callAsFunction(_ x: SIMD16<Float>) -> SIMD16<Float> {
    switch self {
    case .identity: x
    case .silu: x * sigmoid(x)
    case .selu:
      1.050_700_987
        * x.replacing(with: 1.673_263_242 * (exponential(x) - 1), where: .!(x .> 0))
    case .gelu: x * (0.5 + 0.5 * errorFunction(x * 0.707_106_781))
    case .quickGELU: x * sigmoid(1.702 * x)
    }
  }
}

extension Tensor {
  /// This tensor with `activation` applied to every value, times `gain`.
  public func activated(_ activation: Activation, gain: Float = 1) -> Tensor {
    mapLanes { activation($0) * gain }
  }

  /// `tanh(x)`, as `1 - 2 / (e^2x + 1)`.
  public func hyperbolicTangent() -> Tensor {
    mapLanes { 1 - 2 / (exponential(2 * $0) + 1) }
  }

  /// Every value moved into `[lowest, highest]`.
  public func clamped(_ lowest: Float, _ highest: Float) -> Tensor {
    mapLanes { clamp($0, lowest, highest) }
  }

  /// Whether no value is NaN or infinite.
  public var isFinite: Bool {
    withValues { memory in
      var worst: UInt32 = 0
      for i in 0..<count { worst = max(worst, memory[i].bitPattern & 0x7FFF_FFFF) }
      return worst < Float.infinity.bitPattern
    }
  }

  /// A new tensor of what `body` makes of sixteen values at a time, on all threads.
  @inline(__always)
  private func mapLanes(_ body: (SIMD16<Float>) -> SIMD16<Float>) -> Tensor {
    mapChunks { input, output, count in
      MMAudioKernels.mapLanes(input, output, count, body)
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
