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
  func apply(to x: UnsafeMutablePointer<Float>, count: Int) {
    switch self {
    case .identity: break
    case .silu: for i in 0..<count { x[i] *= sigmoid(x[i]) }
    case .selu:
      let scale: Float = 1.050_700_987
      let alpha: Float = 1.673_263_242
      for i in 0..<count {
        let value = x[i]
        x[i] = scale * (value > 0 ? value : alpha * (exponential(value) - 1))
      }
    case .gelu:
      for i in 0..<count { x[i] *= 0.5 + 0.5 * errorFunction(x[i] * 0.707_106_781) }
    case .quickGELU: for i in 0..<count { x[i] *= sigmoid(1.702 * x[i]) }
    }
  }
}

extension Tensor {
  /// This tensor with `activation` applied to every value, times `gain`.
  public func activated(_ activation: Activation, gain: Float = 1) -> Tensor {
    mapChunks { input, output, count in
      for i in 0..<count { output[i] = input[i] }
      activation.apply(to: output, count: count)
      if gain != 1 { for i in 0..<count { output[i] *= gain } }
    }
  }

  /// `tanh(x)`, as `1 - 2 / (e^2x + 1)`.
  public func hyperbolicTangent() -> Tensor {
    mapChunks { input, output, count in
      for i in 0..<count { output[i] = 1 - 2 / (exponential(2 * input[i]) + 1) }
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
