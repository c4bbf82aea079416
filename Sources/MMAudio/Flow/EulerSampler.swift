import MMAudioKernels

/// Integrates the flow from noise at t = 0 to latents at t = 1 in equal steps, with classifier-free
/// guidance, Python `FlowMatching` and `ode_wrapper`.
struct EulerSampler: Sendable {
  let steps: Int
  /// `cfg_strength`: below 1 the pass without conditions is skipped.
  let guidance: Float

  /// Integrates from the noise.
  ///
  /// - Parameters:
  ///   - network: gives the flow
  ///   - noise: `[latent tokens, latent channels]`
  ///   - conditions: what to generate
  ///   - empty: what guidance leads away from
  ///   - lengths: token counts that the conditions were made for
  ///   - progress: called with the number of steps done; may throw to cancel
  /// - Returns: `[latent tokens, latent channels]`, normalised
  func callAsFunction(
    _ network: FlowNetwork, noise: Tensor, conditions: Conditions, empty: Conditions,
    lengths: SequenceLengths, progress: (Int) throws -> Void
  ) rethrows -> Tensor {
    // Both passes of a step run as one batch.
    let batch = guidance < 1 ? conditions : .batch([conditions, empty])
    let positions = network.positions(lengths)
    let times = linspace(steps + 1)
    var x = noise
    for step in 0..<steps {
      let flows = network(x, time: times[step], batch, positions)
      x = weightedSum(1, x, times[step + 1] - times[step], guided(flows))
      try progress(step + 1)
    }
    return x
  }

  /// `g · conditional + (1 - g) · empty`.
  func guided(_ flows: Tensor) -> Tensor {
    let shape = Array(flows.shape.dropFirst())
    let conditional = flows[0..<1].reshaped(shape)
    guard flows.shape[0] > 1 else { return conditional }
    return weightedSum(guidance, conditional, 1 - guidance, flows[1..<2].reshaped(shape))
  }
}

/// `torch.linspace(0, 1, count)` in float32: from both ends to the middle, as ATen does.
private func linspace(_ count: Int) -> [Float] {
  let step = 1 / Float(count - 1)
  return (0..<count).map {
    $0 < count / 2 ? step * Float($0) : 1 - step * Float(count - $0 - 1)
  }
}
