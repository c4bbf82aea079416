/// A dense row-major array of `Float` with a shape, outermost axis first.
///
/// A tensor is written once, in `init(_:filledBy:)`, and only read afterwards; that is why it can
/// be shared between threads. Slices of the outermost axis share the storage of their parent.
public struct Tensor: Sendable {
  /// Sizes of the axes, outermost first; `[]` is a scalar.
  public let shape: [Int]
  private let storage: Storage
  private let offset: Int

  /// Number of values.
  public var count: Int { shape.reduce(1, *) }

  /// Allocates a tensor and lets `body` fill every value of it.
  ///
  /// - Parameters:
  ///   - shape: sizes of the axes, outermost first
  ///   - body: must write all values; the memory it gets is uninitialised
  public init(
    _ shape: [Int], filledBy body: (UnsafeMutablePointer<Float>) throws -> Void
  ) rethrows {
    precondition(shape.allSatisfy { $0 >= 0 }, "Tensor: negative size in \(shape)")
    self.shape = shape
    let count = shape.reduce(1, *)
    let memory = MemoryPool.allocate(count)
    storage = Storage(memory) { MemoryPool.free($0, count) }
    try body(memory)
    offset = 0
  }

  /// A tensor whose values come piece by piece.
  ///
  /// - Parameters:
  ///   - shape: sizes of the axes, outermost first
  ///   - body: calls the function that it gets with all values, in order
  public init(
    _ shape: [Int], inPieces body: (_ append: (Tensor) -> Void) throws -> Void
  ) rethrows {
    let total = shape.reduce(1, *)
    try self.init(shape) { memory in
      var count = 0
      try body { piece in
        precondition(count + piece.count <= total, "Tensor: over \(count) values for \(shape)")
        piece.withValues { (memory + count).update(from: $0, count: piece.count) }
        count += piece.count
      }
      precondition(count == total, "Tensor: \(count) values for \(shape)")
    }
  }

  /// A tensor of the values of an array.
  public init(_ shape: [Int], _ values: [Float]) {
    precondition(
      values.count == shape.reduce(1, *), "Tensor: \(values.count) values for shape \(shape)")
    self.init(shape) { memory in
      for (index, value) in values.enumerated() { memory[index] = value }
    }
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: [Int]) -> Tensor {
    Tensor(shape) { $0.update(repeating: 0, count: shape.reduce(1, *)) }
  }

  /// A tensor over memory that somebody else owns, such as a mapped weight file.
  ///
  /// - Parameters:
  ///   - shape: sizes of the axes, outermost first
  ///   - memory: `shape` values that nobody writes while the tensor lives
  ///   - owner: kept alive for as long as the tensor
  public init(
    _ shape: [Int], borrowing memory: UnsafePointer<Float>, from owner: AnyObject & Sendable
  ) {
    self.shape = shape
    storage = Storage(UnsafeMutablePointer(mutating: memory)) { _ in
      withExtendedLifetime(owner) {}
    }
    offset = 0
  }

  private init(shape: [Int], storage: Storage, offset: Int) {
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  /// The same values under another shape of equal count.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(
      shape.reduce(1, *) == count, "Tensor: \(self.shape) cannot be reshaped to \(shape)")
    return Tensor(shape: shape, storage: storage, offset: offset)
  }

  /// Rows `range` of the outermost axis, sharing memory with this tensor.
  public subscript(range: Range<Int>) -> Tensor {
    precondition(
      !shape.isEmpty && range.lowerBound >= 0 && range.upperBound <= shape[0],
      "Tensor: rows \(range) of \(shape)")
    let row = shape.dropFirst().reduce(1, *)
    return Tensor(
      shape: [range.count] + shape.dropFirst(), storage: storage,
      offset: offset + range.lowerBound * row)
  }

  /// Calls `body` with the values; the pointer must not escape it.
  public func withValues<Result>(
    _ body: (UnsafePointer<Float>) throws -> Result
  ) rethrows -> Result {
    // Safe: storage outlives the call and nobody writes it after init.
    try withExtendedLifetime(storage) { try body(UnsafePointer(storage.memory + offset)) }
  }

  /// A copy of the values in order.
  public var values: [Float] {
    withValues { Array(UnsafeBufferPointer(start: $0, count: count)) }
  }
}

/// The only owner of float memory.
private final class Storage: @unchecked Sendable {
  // Safe to share: written only before init ends, read afterwards.
  let memory: UnsafeMutablePointer<Float>
  private let free: (UnsafeMutablePointer<Float>) -> Void

  init(
    _ memory: UnsafeMutablePointer<Float>, free: @escaping (UnsafeMutablePointer<Float>) -> Void
  ) {
    self.memory = memory
    self.free = free
  }

  deinit { free(memory) }
}
