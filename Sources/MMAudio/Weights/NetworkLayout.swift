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

  /// In which order the values of a converted tensor lie.
  enum Order {
    /// As published.
    case published
    /// In panels, as products read them: all that is multiplied with.
    case panels
    /// The same, of the two-tap kernel of a transposed convolution.
    case transposedPanels
  }

  /// One tensor under its name in the converted file.
  struct Requirement {
    let name: String
    /// Of the published tensor.
    let shape: [Int]
    let folding: Folding
    let order: Order

    /// Of the converted one.
    var convertedShape: [Int] {
      guard order == .transposedPanels else { return shape }
      return [shape[1] * shape[2] / 2, shape[0], 2]
    }
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
  mutating func add(
    _ name: String, _ shape: [Int], _ folding: NetworkLayout.Folding = .none,
    order: NetworkLayout.Order = .published
  ) {
    tensors.append(
      NetworkLayout.Requirement(name: name, shape: shape, folding: folding, order: order))
  }

  /// What a layer multiplies with: a matrix or the kernel of a convolution.
  mutating func kernel(
    _ name: String, _ shape: [Int], _ folding: NetworkLayout.Folding = .none
  ) {
    add(name, shape, folding, order: .panels)
  }

  /// `nn.Linear`, or `nn.Conv1d` with a kernel: `weight` and `bias`.
  mutating func affine(_ name: String, _ output: Int, _ input: Int, kernel: [Int] = []) {
    self.kernel("\(name).weight", [output, input] + kernel)
    add("\(name).bias", [output])
  }

  /// `nn.LayerNorm` with its affine part.
  mutating func norm(_ name: String, _ size: Int) {
    add("\(name).weight", [size])
    add("\(name).bias", [size])
  }

  /// `nn.MultiheadAttention`.
  mutating func attention(_ name: String, _ size: Int) {
    kernel("\(name).in_proj_weight", [3 * size, size])
    add("\(name).in_proj_bias", [3 * size])
    affine("\(name).out_proj", size, size)
  }
}
