/// What a network must consist of, and what becomes of it.
struct NetworkLayout {
  /// How a stored weight becomes the one that is used.
  enum Folding {
    /// As it is.
    case none
    /// `g * v / ||v||`, or as it is where that was folded before.
    case weightNorm
    /// Magnitude-preserving: `(gain + 1) * w / ((1e-4 + ||w|| / sqrt(n)) * sqrt(n))`, n per row.
    case magnitudePreserving(gain: String?)
    /// The one filter that all of these tensors repeat; without any, the one they would.
    case commonFilter([String])
  }

  /// One tensor under its name in the converted file.
  struct Requirement {
    let name: String
    let shape: [Int]
    let folding: Folding
  }

  /// One converted file.
  struct Output {
    let file: ModelFile
    var tensors: [Requirement] = []
  }

  /// The files to write.
  let outputs: [Output]
  /// Tensors that may be there and are not used, as prefixes of their names.
  var ignored: [String] = []
}

/// Spells requirements as the modules of the Python code do.
extension NetworkLayout.Output {
  mutating func add(_ name: String, _ shape: [Int], _ folding: NetworkLayout.Folding = .none) {
    tensors.append(NetworkLayout.Requirement(name: name, shape: shape, folding: folding))
  }

  /// `nn.Linear`, or `nn.Conv1d` with a kernel: `weight` and `bias`.
  mutating func affine(_ name: String, _ output: Int, _ input: Int, kernel: [Int] = []) {
    add("\(name).weight", [output, input] + kernel)
    add("\(name).bias", [output])
  }

  /// `nn.LayerNorm` with its affine part.
  mutating func norm(_ name: String, _ size: Int) {
    add("\(name).weight", [size])
    add("\(name).bias", [size])
  }

  /// `nn.MultiheadAttention`.
  mutating func attention(_ name: String, _ size: Int) {
    add("\(name).in_proj_weight", [3 * size, size])
    add("\(name).in_proj_bias", [3 * size])
    affine("\(name).out_proj", size, size)
  }
}
