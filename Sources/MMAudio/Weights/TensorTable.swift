/// The tensors of one network by name, to read hyperparameters off their shapes.
struct TensorTable {
  let path: String
  private var tensors: [String: StoredTensor] = [:]
  /// Names of the Python classes of what stands in place of a tensor.
  private var objects: [String: String] = [:]
  /// Used where this has no tensor of a name.
  private var substitutes: [String: StoredTensor] = [:]

  /// Indexes a state dict; of two tensors with one name the later counts, as in Python.
  ///
  /// - Parameters:
  ///   - dictionary: what the file holds
  ///   - path: the file
  ///   - renaming: the network's own name for each; nil for what is not part of it
  init(_ dictionary: StateDictionary, path: String, renaming: (String) -> String? = { $0 }) {
    self.path = path
    for tensor in dictionary.tensors {
      if let name = renaming(tensor.name) { tensors[name] = tensor }
    }
    for (key, object) in dictionary.objects {
      if let name = renaming(key) { objects[name] = object }
    }
  }

  /// These tensors, and those of `other` under names that are missing here.
  func completed(by other: TensorTable) -> TensorTable {
    var table = self
    table.substitutes = other.tensors
    return table
  }

  var names: Dictionary<String, StoredTensor>.Keys { tensors.keys }

  /// The tensor `name`, if it is there.
  subscript(name: String) -> StoredTensor? { tensors[name] ?? substitutes[name] }

  /// The tensor `name`; throws `.missing`, or `.unsupportedElementType` for what is no tensor.
  func tensor(_ name: String) throws(WeightError) -> StoredTensor {
    if let tensor = self[name] { return tensor }
    guard let type = objects[name] else { throw .missing(path: path, tensor: name) }
    throw .unsupportedElementType(path: path, tensor: name, type: type)
  }

  /// Size of the tensor `name` along `axis`; throws `.missing`, or `.malformed` without that axis.
  ///
  /// For the weight `x.weight` of a weight-normalised convolution, its direction stands in.
  func size(_ name: String, _ axis: Int) throws(WeightError) -> Int {
    let spelling = WeightNormSpelling.all.first { self[$0.direction(of: name)] != nil }
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
