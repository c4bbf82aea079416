import Foundation
import Testing

@testable import MMAudioKernels

@Suite struct AttentionTests {
  /// One query row over explicit key rows, in double precision.
  private func naive(
    _ packed: Tensor, heads: Int, query: Int, keys: [Int]
  ) -> [Float] {
    let hidden = packed.shape[1] / 3
    let size = hidden / heads
    let values = packed.values
    func at(_ row: Int, _ part: Int, _ channel: Int) -> Double {
      Double(values[row * 3 * hidden + part * hidden + channel])
    }
    return (0..<hidden).map { channel in
      let head = channel / size * size
      let scores = keys.map { key in
        (head..<head + size).reduce(0.0) { $0 + at(query, 0, $1) * at(key, 1, $1) }
          / Double(size).squareRoot()
      }
      let weights = scores.map { exp($0) }
      let total = weights.reduce(0, +)
      return Float(zip(weights, keys).reduce(0) { $0 + $1.0 * at($1.1, 2, channel) } / total)
    }
  }

  @Test("sequences attend to themselves only", arguments: raggedSizes, [false, true])
  func sequences(length: Int, causal: Bool) {
    let packed = noise([2 * length, 3 * 12])
    let result = attention(
      packed, heads: 3, groups: AttentionGroup.sequences(batch: 2, length: length), causal: causal)
    let expected = (0..<2 * length).flatMap { row in
      let first = row / length * length
      return naive(
        packed, heads: 3, query: row, keys: Array(first..<(causal ? row + 1 : first + length)))
    }
    expectClose(result, Tensor([2 * length, 12], expected), within: 4e-6)
  }

  @Test("strided groups see a shared row and their own rows")
  func dividedGroups() {
    let (steps, places) = (5, 9)
    let packed = noise([1 + steps * places, 3 * 16])
    let shared = Rows(start: 0, count: 1)
    let groups = (0..<places).map { place in
      let rows = Rows(start: 1 + place, step: places, count: steps)
      return AttentionGroup(queries: rows, keys: [shared, rows])
    }
    let result = attention(
      packed, heads: 2,
      groups: [
        AttentionGroup(queries: shared, keys: [Rows(start: 0, count: 1 + steps * places)])
      ] + groups)
    let expected = (0..<1 + steps * places).flatMap { row -> [Float] in
      let own = stride(from: 1 + (row - 1) % places, to: 1 + steps * places, by: places)
      return naive(
        packed, heads: 2, query: row,
        keys: row == 0 ? Array(0..<1 + steps * places) : [0] + Array(own))
    }
    expectClose(result, Tensor([1 + steps * places, 16], expected), within: 4e-6)
  }

  @Test("large scores do not overflow")
  func largeScores() {
    let packed = Tensor([2, 6], [200, 200, 200, 200, 1, 2, -200, -200, -200, -200, 3, 4])
    let result = attention(
      packed, heads: 1, groups: AttentionGroup.sequences(batch: 1, length: 2))
    expectClose(result, Tensor([2, 2], [1, 2, 3, 4]))
  }

  @Test("packing splits interleaved channels, normalises and rotates", arguments: raggedSizes)
  func packing(tokens: Int) {
    let (heads, size, extra) = (3, 8, 4)
    let hidden = heads * size
    let qkv = noise([2, tokens, 3 * hidden])
    let text = noise([2, extra, 3 * hidden], seed: 2)
    let (queryNorm, keyNorm) = (noise([size], seed: 3), noise([size], seed: 4))
    let packed = packedQueriesKeysValues([
      AttentionStream(
        qkv: qkv, queryNorm: queryNorm, keyNorm: keyNorm,
        rotary: RotaryEmbedding(positions: tokens, size: size, scale: 1.5)),
      AttentionStream(qkv: text, queryNorm: queryNorm, keyNorm: keyNorm, rotary: nil),
    ])
    func row(_ item: Int, _ token: Int) -> [Float] {
      let own = token < tokens
      let source = own ? qkv.values : text.values
      let start = (item * (own ? tokens : extra) + (own ? token : token - tokens)) * 3 * hidden
      func part(_ j: Int, _ gain: Tensor?) -> [Float] {
        (0..<heads).flatMap { head -> [Float] in
          var x = (0..<size).map { Double(source[start + (head * size + $0) * 3 + j]) }
          guard let gain = gain?.values else { return x.map(Float.init) }
          let square = x.reduce(0) { $0 + $1 * $1 } / Double(size)
          for i in x.indices { x[i] *= Double(gain[i]) / (square + 1.1920929e-7).squareRoot() }
          guard own else { return x.map(Float.init) }
          return x.indices.map { i in
            let angle = Double(token) * 1.5 * pow(10_000, -Double(i / 2 * 2) / Double(size))
            let (a, b) = (x[i / 2 * 2], x[i / 2 * 2 + 1])
            return Float(
              i % 2 == 0 ? a * cos(angle) - b * sin(angle) : a * sin(angle) + b * cos(angle))
          }
        }
      }
      return part(0, queryNorm) + part(1, keyNorm) + part(2, nil)
    }
    let expected = (0..<2).flatMap { item in (0..<tokens + extra).flatMap { row(item, $0) } }
    expectClose(packed, Tensor([2, tokens + extra, 3 * hidden], expected), within: 2e-5)
  }
}
