import MMAudioKernels

/// Integrates the flow from noise at t = 0 to latents at t = 1 in equal steps, with classifier-free
/// guidance, Python `FlowMatching` and `ode_wrapper`.
struct EulerSampler: Sendable {
  let steps: Int
  /// `cfg_strength`: below 1 the pass without conditions is skipped.
  let guidance: Float

  /// Integrates from the noise, all takes in one batch.
  ///
  /// At every step the flow of each window is computed where it lies in the whole, and the flows are
  /// blended where windows overlap, so that these agree on what they share as it comes about.
  ///
  /// - Parameters:
  ///   - network: gives the flow
  ///   - noise: for each take `[all latent tokens, latent channels]`
  ///   - conditions: for each window what to generate
  ///   - empty: what guidance leads away from, the same for all windows
  ///   - plan: the windows that the conditions were made for
  ///   - progress: called with the number of steps done; may throw to cancel
  /// - Returns: for each take `[all latent tokens, latent channels]`, normalised
  func callAsFunction(
    _ network: FlowNetwork, noise: [Tensor], conditions: [Conditions], empty: Conditions,
    plan: WindowPlan, progress: (Int) throws -> Void
  ) rethrows -> [Tensor] {
    // Both passes of a step run as one batch.
    let batches = conditions.map { conditions in
      Conditions.batch(
        (guidance < 1 ? [conditions] : [conditions, empty]).flatMap { item in
          Array(repeating: item, count: noise.count)
        })
    }
    let positions = network.positions(plan.lengths)
    let times = linspace(steps + 1)
    var takes = noise
    for step in 0..<steps {
      let flows = zip(plan.windows, batches).map { window, batch in
        guided(
          network(takes.map { $0[window.latent] }, time: times[step], batch, positions),
          takes: takes.count)
      }
      for take in takes.indices {
        let flow = plan.blended(flows.map { $0[take] })
        takes[take] = weightedSum(1, takes[take], times[step + 1] - times[step], flow)
      }
      try progress(step + 1)
    }
    return takes
  }

  /// `g · conditional + (1 - g) · empty` for each take.
  func guided(_ flows: Tensor, takes: Int = 1) -> [Tensor] {
    let shape = Array(flows.shape.dropFirst())
    func item(_ index: Int) -> Tensor { flows[index..<index + 1].reshaped(shape) }
    return (0..<takes).map { take in
      guard flows.shape[0] > takes else { return item(take) }
      return weightedSum(guidance, item(take), 1 - guidance, item(takes + take))
    }
  }
}

/// `torch.linspace(0, 1, count)` in float32: from both ends to the middle, as ATen does.
private func linspace(_ count: Int) -> [Float] {
  let step = 1 / Float(count - 1)
  return (0..<count).map {
    $0 < count / 2 ? step * Float($0) : 1 - step * Float(count - $0 - 1)
  }
}
