import Foundation
import MMAudioKernels

/// A tensor in a checkpoint: a strided view of values in a file.
struct StoredTensor: Sendable {
  let name: String
  let type: ElementType
  let shape: [Int]
  /// Distances between neighbours along each axis, in values, not negative.
  let strides: [Int]
  /// Byte offset of the value at index `[0, 0, …]` in the file.
  let offset: Int
  /// Number of values.
  let count: Int

  /// Reads values `elements`, counted in row-major order, as floats.
  ///
  /// - Parameters:
  ///   - elements: which values
  ///   - file: the checkpoint
  ///   - destination: `elements.count` floats, written
  /// - Throws: `.truncated` or `.unreadable`.
  private func read(
    _ elements: Range<Int>, from file: InputFile, into destination: UnsafeMutablePointer<Float>
  ) throws(WeightError) {
    precondition(
      elements.lowerBound >= 0 && elements.upperBound <= count,
      "StoredTensor: \(elements) of \(count) values")
    guard isContiguous else { return try gather(elements, from: file, into: destination) }
    let start = offset + elements.lowerBound * type.byteCount
    guard type != .f32 else {
      return try file.read(
        elements.count * 4, at: start, into: UnsafeMutableRawPointer(destination),
        part: "tensor '\(name)'")
    }
    let bytes = try file.bytes(
      elements.count * type.byteCount, at: start, part: "tensor '\(name)'")
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      widen(base, type, count: elements.count, into: destination)
    }
  }

  /// Reads all values; for tensors known to be small.
  func values(from file: InputFile) throws(WeightError) -> [Float] {
    try values(0..<count, from: file)
  }

  /// Reads values `elements`, counted in row-major order, as floats.
  func values(_ elements: Range<Int>, from file: InputFile) throws(WeightError) -> [Float] {
    var result = Result<Void, WeightError>.success(())
    let values = [Float](unsafeUninitializedCapacity: elements.count) { buffer, initialized in
      guard let base = buffer.baseAddress, !elements.isEmpty else { return }
      result = Result { () throws(WeightError) in try read(elements, from: file, into: base) }
      if case .success = result { initialized = elements.count }
    }
    try result.get()
    return values
  }

  private var isContiguous: Bool {
    // Without values, sizes may multiply beyond an integer.
    guard count > 0 else { return true }
    var expected = 1
    for axis in shape.indices.reversed() where shape[axis] != 1 {
      guard strides[axis] == expected else { return false }
      expected *= shape[axis]
    }
    return true
  }

  /// Reads a view that is transposed, expanded or cut: its neighbours are far apart in the file.
  private func gather(
    _ elements: Range<Int>, from file: InputFile, into destination: UnsafeMutablePointer<Float>
  ) throws(WeightError) {
    guard !elements.isEmpty else { return }
    let last = zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
    // Mapped, not read: the span can be far larger than the view, and only touched pages count.
    let mapping = try file.map((last + 1) * type.byteCount, at: offset)
    withExtendedLifetime(mapping) {
      withUnsafeTemporaryAllocation(
        byteCount: elements.count * type.byteCount, alignment: 8
      ) { dense in
        // Safe: the mapping spans the largest index, and `dense` holds `elements.count` values.
        guard let base = dense.baseAddress else { return }
        MMAudioKernels.gather(
          mapping.base, byteCount: type.byteCount, shape: shape, strides: strides,
          elements: elements, into: base)
        widen(base, type, count: elements.count, into: destination)
      }
    }
  }
}
