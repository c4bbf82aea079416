import MMAudioKernels

/// Tensors that a user hands to a stage, with everything about them checked.
struct StageInput {
  let file: SafetensorsFile?

  /// No axis of an input is longer: 300 s have 25,840 mel frames.
  private static let longestAxis = 1 << 15
  /// No input has more values, twenty times what 300 s have, so that nothing derived overflows memory.
  private static let mostValues = 1 << 24
  /// Most prompts that are encoded in one batch.
  private static let mostPrompts = 256

  /// `[1, rows, columns]` → `[rows, columns]`, finite.
  func matrix(_ name: String) throws -> Tensor {
    let file = try opened(name)
    let shape = try file.shape(of: name)
    guard shape.count == 3, shape[0] == 1,
      shape.allSatisfy({ (1...Self.longestAxis).contains($0) }),
      shape[1] * shape[2] <= Self.mostValues
    else {
      throw StageError.shape(
        name, found: shape, expected: "[1, rows, columns], none above \(Self.longestAxis)")
    }
    return try finite(name, file).reshaped(Array(shape.dropFirst()))
  }

  /// The single value of a tensor of any rank, finite.
  func scalar(_ name: String) throws -> Float {
    let file = try opened(name)
    let shape = try file.shape(of: name)
    guard shape.allSatisfy({ $0 == 1 }) else {
      throw StageError.shape(name, found: shape, expected: "one value")
    }
    return try finite(name, file).values[0]
  }

  /// `x`, `[1, latent tokens, channels]` → `[latent tokens, channels]`.
  func latent(_ lengths: SequenceLengths, channels: Int) throws -> Tensor {
    let latent = try matrix("x")
    guard latent.shape == [lengths.latent, channels] else {
      throw StageError.shape(
        "x", found: [1] + latent.shape, expected: "[1, \(lengths.latent), \(channels)]")
    }
    return latent
  }

  /// `[prompts, 77]` → the ids of each prompt.
  func tokens(_ name: String) throws -> [[Int32]] {
    let file = try opened(name)
    let (shape, length) = (try file.shape(of: name), CLIPTokenizer.contextLength)
    let type = try file.elementType(of: name)
    guard type.isInteger else {
      throw StageError.type(name, found: type.rawValue, expected: "whole numbers, such as I32")
    }
    let isShape =
      shape.count == 2 && (1...Self.mostPrompts).contains(shape[0]) && shape[1] == length
    let ids = isShape ? try file.integers(of: name) : []
    guard isShape, ids.allSatisfy({ (0...Int(CLIPTokenizer.endToken)).contains($0) }) else {
      throw StageError.shape(
        name, found: shape,
        expected: "[1 to \(Self.mostPrompts), \(length)] ids of CLIP's vocabulary")
    }
    return (0..<shape[0]).map { row in ids[row * length..<(row + 1) * length].map(Int32.init) }
  }

  /// `[count, 3, size, size]` bytes, of which there may be as many as the longest sound has.
  func frames(
    _ name: String, size: Int, rate: Double, atLeast least: Int
  ) throws -> (bytes: [UInt8], count: Int) {
    let file = try opened(name)
    let shape = try file.shape(of: name)
    let most = Int(GenerationRequest.longestSeconds * rate)
    guard shape.count == 4, (least...most).contains(shape[0]),
      Array(shape.dropFirst()) == [3, size, size]
    else {
      throw StageError.shape(
        name, found: shape, expected: "[\(least) to \(most), 3, \(size), \(size)]")
    }
    let type = try file.elementType(of: name)
    guard type == .u8 else {
      throw StageError.type(name, found: type.rawValue, expected: "bytes, U8")
    }
    return (try file.bytes(of: name), shape[0])
  }

  private func finite(_ name: String, _ file: SafetensorsFile) throws -> Tensor {
    let tensor = try file.tensor(name)
    guard tensor.isFinite else { throw StageError.notFinite(name) }
    return tensor
  }

  /// The file, if it has the tensor.
  private func opened(_ name: String) throws -> SafetensorsFile {
    guard let file else { throw StageError.option("--input") }
    guard file.contains(name) else {
      throw StageError.missing(name, found: Array(file.names.prefix(8)))
    }
    return file
  }
}

extension ElementType {
  fileprivate var isInteger: Bool {
    switch self {
    case .i64, .i32, .i16, .i8, .u8: true
    case .f64, .f32, .f16, .bf16, .bool: false
    }
  }
}

/// What is wrong with what a user hands to a stage.
public enum StageError: Error, Equatable, CustomStringConvertible {
  /// An option that the stage needs is not there.
  case option(String)
  /// An input tensor is not in the file, which has others.
  case missing(String, found: [String])
  /// An input tensor is stored in the wrong type.
  case type(String, found: String, expected: String)
  /// An input tensor has the wrong shape.
  case shape(String, found: [Int], expected: String)
  /// An input tensor holds NaN or infinity.
  case notFinite(String)

  /// The error as one line.
  public var description: String {
    switch self {
    case .option(let name):
      "this stage needs \(name); pass it, or see `mmaudio stage --help`"
    case .missing(let name, let found):
      "the input file has no tensor '\(name)'"
        + (found.isEmpty ? "" : ", only '\(found.joined(separator: "', '"))'")
        + "; this stage needs it, pass another file with --input"
    case .type(let name, let found, let expected):
      "input tensor '\(name)' is stored as \(found), expected \(expected); check the input file"
    case .shape(let name, let found, let expected):
      "input tensor '\(name)' has shape \(found), expected \(expected); check the input file"
    case .notFinite(let name):
      "input tensor '\(name)' holds NaN or infinity, expected finite values; check the input file"
    }
  }
}
