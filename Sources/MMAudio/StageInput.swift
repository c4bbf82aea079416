import MMAudioKernels

/// Tensors that a user hands to a stage, with their shapes checked.
struct StageInput {
  let file: SafetensorsFile?

  /// `[1, rows, columns]` → `[rows, columns]`.
  func matrix(_ name: String) throws -> Tensor {
    let tensor = try opened().tensor(name)
    guard tensor.shape.count == 3, tensor.shape[0] == 1, tensor.count > 0 else {
      throw StageError.shape(name, found: tensor.shape, expected: "[1, rows, columns]")
    }
    return tensor.reshaped(Array(tensor.shape.dropFirst()))
  }

  /// The single value of a tensor of any rank.
  func scalar(_ name: String) throws -> Float {
    let tensor = try opened().tensor(name)
    guard tensor.count == 1 else {
      throw StageError.shape(name, found: tensor.shape, expected: "one value")
    }
    return tensor.values[0]
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
    let file = try opened()
    let (shape, length) = (try file.shape(of: name), CLIPTokenizer.contextLength)
    let ids = try file.integers(of: name)
    guard shape.count == 2, shape[0] > 0, shape[1] == length,
      ids.allSatisfy({ (0...Int(CLIPTokenizer.endToken)).contains($0) })
    else {
      throw StageError.shape(
        name, found: shape, expected: "[prompts, \(length)] ids of CLIP's vocabulary")
    }
    return (0..<shape[0]).map { row in ids[row * length..<(row + 1) * length].map(Int32.init) }
  }

  /// `[count, 3, size, size]` bytes.
  func frames(
    _ name: String, size: Int, atLeast least: Int
  ) throws -> (bytes: [UInt8], count: Int) {
    let file = try opened()
    let shape = try file.shape(of: name)
    guard shape.count == 4, shape[0] >= least, Array(shape.dropFirst()) == [3, size, size] else {
      throw StageError.shape(
        name, found: shape, expected: "[\(least) or more, 3, \(size), \(size)]")
    }
    return (try file.bytes(of: name), shape[0])
  }

  private func opened() throws -> SafetensorsFile {
    guard let file else { throw StageError.option("--input") }
    return file
  }
}

/// What is wrong with what a user hands to a stage.
public enum StageError: Error, Equatable, CustomStringConvertible {
  /// An option that the stage needs is not there.
  case option(String)
  /// An input tensor has the wrong shape.
  case shape(String, found: [Int], expected: String)

  /// The error as one line.
  public var description: String {
    switch self {
    case .option(let name):
      "this stage needs \(name); pass it, or see `mmaudio stage --help`"
    case .shape(let name, let found, let expected):
      "input tensor '\(name)' has shape \(found), expected \(expected); check the input file"
    }
  }
}
