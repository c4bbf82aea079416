import Foundation

/// Angles of rotary position embedding, Python `compute_rope_rotations`.
///
/// Pair i of position p turns by `p · scale · 10000^(-2i / size)` (Su and others 2021).
public struct RotaryEmbedding: Sendable {
  /// `[positions, size / 2, 2]`: cosine and sine.
  let rotations: Tensor

  /// Number of positions.
  public var count: Int { rotations.shape[0] }

  /// Precomputes the angles.
  ///
  /// - Parameters:
  ///   - positions: length of the sequence
  ///   - size: channels of one head
  ///   - scale: latent length / own length, so that equal times get equal angles
  public init(positions: Int, size: Int, scale: Float = 1) {
    let pairs = size / 2
    rotations = Tensor([positions, pairs, 2]) { memory in
      for pair in 0..<pairs {
        let exponent = Float(2 * pair) / Float(size)
        let frequency = 1 / Float(pow(10_000, Double(exponent))) * scale
        for position in 0..<positions {
          let angle = Float(position) * frequency
          memory[(position * pairs + pair) * 2] = Float(cos(Double(angle)))
          memory[(position * pairs + pair) * 2 + 1] = Float(sin(Double(angle)))
        }
      }
    }
  }
}

/// One stream's contribution to a joint attention.
public struct AttentionStream: Sendable {
  let qkv: Tensor
  let queryNorm: Tensor
  let keyNorm: Tensor
  let rotary: RotaryEmbedding?

  /// Tokens of one item.
  public var tokens: Int { qkv.shape[1] }

  /// Collects what joint attention needs of a stream.
  ///
  /// - Parameters:
  ///   - qkv: `[batch, tokens, 3 * hidden]`, channels split as (head, d, 3) with q, k, v innermost
  ///   - queryNorm: `[d]`, gains of the RMS norm of every query
  ///   - keyNorm: `[d]`
  ///   - rotary: nil for text, which has no positions in time
  public init(qkv: Tensor, queryNorm: Tensor, keyNorm: Tensor, rotary: RotaryEmbedding?) {
    self.qkv = qkv
    self.queryNorm = queryNorm
    self.keyNorm = keyNorm
    self.rotary = rotary
  }
}

/// Normalises and rotates queries and keys and packs the streams of every batch item one after
/// another, ready for `attention`.
///
/// The norm is PyTorch's `nn.RMSNorm` with its default ε, the float32 machine epsilon. Rotation
/// turns adjacent pairs: `(a, b) → (a cos - b sin, a sin + b cos)`.
///
/// - Returns: `[batch, Σ tokens, 3 * hidden]`, a row holds q, k and v, each split as (head, d)
public func packedQueriesKeysValues(_ streams: [AttentionStream]) -> Tensor {
  let (batch, width) = (streams[0].qkv.shape[0], streams[0].qkv.shape[2])
  let size = streams[0].queryNorm.count
  let hidden = width / 3
  let total = streams.reduce(0) { $0 + $1.qkv.shape[1] }
  return Tensor([batch, total, width]) { packed in
    var first = 0
    for stream in streams {
      let tokens = stream.qkv.shape[1]
      let tasks = max(1, min(batch * tokens, batch * tokens * width / 32_768))
      withPointers(stream) { qkv, queryNorm, keyNorm, rotations in
        parallelFor(tasks) { task in
          for row in share(task, of: tasks, total: batch * tokens) {
            let (item, token) = (row / tokens, row % tokens)
            let source = qkv + row * width
            let target = packed + (item * total + first + token) * width
            for head in 0..<hidden / size {
              let column = head * size
              deinterleave(source + 3 * column, target + column, hidden: hidden, size: size)
              let rotation = rotations.map { $0 + token * size }
              normalizeAndRotate(target + column, queryNorm, rotation, size: size)
              normalizeAndRotate(target + hidden + column, keyNorm, rotation, size: size)
            }
          }
        }
      }
      first += tokens
    }
  }
}

/// `(d, 3)` → three runs of d, `hidden` apart.
@inline(__always)
private func deinterleave(
  _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, hidden: Int, size: Int
) {
  let (query, key, value) = (target, target + hidden, target + 2 * hidden)
  // Sums that cannot trap, so that the compiler makes vectors of it.
  for i in 0..<size {
    query[i] = source[3 &* i]
    key[i] = source[3 &* i &+ 1]
    value[i] = source[3 &* i &+ 2]
  }
}

@inline(__always)
private func normalizeAndRotate(
  _ x: UnsafeMutablePointer<Float>, _ gain: UnsafePointer<Float>,
  _ rotation: UnsafePointer<Float>?, size: Int
) {
  let meanSquare = sumOfSquares(x, size) / Float(size)
  let scale = 1 / (meanSquare + Float.ulpOfOne).squareRoot()
  for i in 0..<size { x[i] *= scale * gain[i] }
  guard let rotation else { return }
  for pair in 0..<size / 2 {
    let (even, odd) = (2 &* pair, 2 &* pair &+ 1)
    let (a, b, cosine, sine) = (x[even], x[odd], rotation[even], rotation[odd])
    x[even] = a * cosine - b * sine
    x[odd] = a * sine + b * cosine
  }
}

private func withPointers(
  _ stream: AttentionStream,
  _ body: (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>?
  ) -> Void
) {
  stream.qkv.withValues { qkv in
    stream.queryNorm.withValues { queryNorm in
      stream.keyNorm.withValues { keyNorm in
        guard let rotary = stream.rotary else { return body(qkv, queryNorm, keyNorm, nil) }
        rotary.rotations.withValues { body(qkv, queryNorm, keyNorm, $0) }
      }
    }
  }
}
