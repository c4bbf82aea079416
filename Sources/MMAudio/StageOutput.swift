import Foundation
import MMAudioKernels

/// A tensor that a stage gives, as the goldens name it.
public struct NamedTensor: Sendable {
  /// Values in one of the types that stages give.
  public enum Values: Sendable {
    /// Bytes.
    case uint8([UInt8])
    /// Token ids.
    case int32([Int32])
    /// Everything else.
    case float32(Tensor)
  }

  /// Name as in the goldens.
  public let name: String
  /// Sizes of the axes, outermost first.
  public let shape: [Int]
  /// The values in order.
  public let values: Values

  init(name: String, shape: [Int], values: Values) {
    self.name = name
    self.shape = shape
    self.values = values
  }

  init(_ name: String, _ tensor: Tensor) {
    self.init(name: name, shape: tensor.shape, values: .float32(tensor))
  }
}

extension NamedTensor {
  /// Writes tensors to a safetensors file, which appears only when it is complete.
  ///
  /// - Throws: `WeightError`, if the file cannot be written
  public static func write(_ tensors: [NamedTensor], to url: URL) throws {
    var writer = try SafetensorsWriter(
      url, entries: tensors.map { .init(name: $0.name, shape: $0.shape, type: $0.elementType) })
    for tensor in tensors {
      switch tensor.values {
      case .uint8(let values):
        try values.withUnsafeBytes { try writer.writeBytes($0, of: tensor.name) }
      case .int32(let values):
        try values.withUnsafeBytes { try writer.writeBytes($0, of: tensor.name) }
      case .float32(let values):
        try writer.write(values, of: tensor.name)
      }
    }
    try writer.finish()
  }

  private var elementType: ElementType {
    switch values {
    case .uint8: .u8
    case .int32: .i32
    case .float32: .f32
    }
  }
}
