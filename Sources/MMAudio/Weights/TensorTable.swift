/// The tensors of one state dict by name, to read hyperparameters off their shapes.
struct TensorTable {
  let path: String
  private let tensors: [String: StoredTensor]

  /// Indexes `tensors`; of two with one name the later counts, as in Python.
  init(_ tensors: [StoredTensor], path: String) {
    self.path = path
    self.tensors = Dictionary(tensors.map { ($0.name, $0) }) { $1 }
  }

  private init(_ tensors: [String: StoredTensor], path: String) {
    self.path = path
    self.tensors = tensors
  }

  /// The tensors inside a wrapper such as `module.` or `ema_model.`, under the network's own names.
  ///
  /// - Parameter marker: a tensor that the network has
  /// - Returns: nil unless there is exactly one wrapper of such a network
  func unwrapped(around marker: String) -> TensorTable? {
    let wrapped = tensors.keys.filter { $0.hasSuffix(".\(marker)") }
    guard wrapped.count == 1, let prefix = wrapped.first?.dropLast(marker.count) else { return nil }
    let inside = tensors.filter { $0.key.hasPrefix(prefix) }
      .map { (String($0.key.dropFirst(prefix.count)), $0.value) }
    return TensorTable(Dictionary(inside) { $1 }, path: path)
  }

  var names: Dictionary<String, StoredTensor>.Keys { tensors.keys }

  /// The tensor `name`, if it is there.
  subscript(name: String) -> StoredTensor? { tensors[name] }

  /// The tensor `name`; throws `.missing`.
  func tensor(_ name: String) throws(WeightError) -> StoredTensor {
    guard let tensor = tensors[name] else { throw .missing(path: path, tensor: name) }
    return tensor
  }

  /// Size of the tensor `name` along `axis`; throws `.missing`, or `.malformed` without that axis.
  ///
  /// For the weight `x.weight` of a weight-normalised convolution, its direction stands in.
  func size(_ name: String, _ axis: Int) throws(WeightError) -> Int {
    let spelling = WeightNormSpelling.all.first { tensors[$0.direction(of: name)] != nil }
    let tensor = try self.tensor(spelling?.direction(of: name) ?? name)
    guard axis < tensor.shape.count else {
      throw .malformed(path: path, problem: "tensor '\(name)' has shape \(tensor.shape)")
    }
    let size = tensor.shape[axis]
    // Keeps products of a few sizes far from overflow; the largest published size is 49,408.
    guard (1...1 << 20).contains(size) else {
      throw .malformed(path: path, problem: "tensor '\(name)' has shape \(tensor.shape)")
    }
    return size
  }

  /// How many of `component.0`, `component.1`, … there are; throws `.missing` if there is none.
  func count(of component: String) throws(WeightError) -> Int {
    let count = consecutiveChildren(of: component, in: tensors.keys)
    guard count > 0 else { throw .missing(path: path, tensor: "\(component).0") }
    return count
  }
}

/// How PyTorch spells the two halves of a weight-normalised weight.
struct WeightNormSpelling {
  private let magnitudeSuffix: String
  private let directionSuffix: String

  /// `torch.nn.utils.weight_norm`, then its successor in `torch.nn.utils.parametrizations`.
  static let all = [
    WeightNormSpelling(magnitudeSuffix: "weight_g", directionSuffix: "weight_v"),
    WeightNormSpelling(
      magnitudeSuffix: "parametrizations.weight.original0",
      directionSuffix: "parametrizations.weight.original1"),
  ]

  /// Name of the magnitude `g` of `x.weight`.
  func magnitude(of weight: String) -> String { module(weight) + magnitudeSuffix }

  /// Name of the direction `v` of `x.weight`.
  func direction(of weight: String) -> String { module(weight) + directionSuffix }

  private func module(_ weight: String) -> String {
    weight.hasSuffix("weight") ? String(weight.dropLast("weight".count)) : weight + "."
  }
}
