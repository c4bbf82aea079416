import MMAudioKernels

/// A safetensors file seen from one module of a network: a dotted prefix before every name.
///
/// `weights.scope("joint_blocks").scope("0").tensor("linear1.bias", [hidden])` reads
/// `joint_blocks.0.linear1.bias`. Names that were asked for are remembered per file, so that
/// `requireAllUsed()` can report the others.
public struct WeightScope: Sendable {
  private let file: SafetensorsFile
  private let prefix: String

  /// The whole of `file`.
  public init(_ file: SafetensorsFile) {
    self.init(file: file, prefix: "")
  }

  private init(file: SafetensorsFile, prefix: String) {
    self.file = file
    self.prefix = prefix
  }

  /// The scope of the child module `component`.
  public func scope(_ component: String) -> WeightScope {
    WeightScope(file: file, prefix: prefix + component + ".")
  }

  /// The tensor `name`, which must have exactly `shape`; throws `.missing` or `.shape`.
  public func tensor(_ name: String, _ shape: [Int]) throws(WeightError) -> Tensor {
    let found = try self.shape(name)
    guard found == shape else {
      throw .shape(path: file.path, tensor: prefix + name, expected: shape, found: found)
    }
    file.markUsed(prefix + name)
    return try file.tensor(prefix + name)
  }

  /// The kernel `name`, whose shape must be exactly `shape`; throws `.missing`, `.shape` or
  /// `.unsupportedElementType`.
  func kernel(_ name: String, _ shape: [Int]) throws(WeightError) -> PanelWeights {
    let found = try self.shape(name)
    guard found == shape else {
      throw .shape(path: file.path, tensor: prefix + name, expected: shape, found: found)
    }
    file.markUsed(prefix + name)
    return try file.kernel(prefix + name)
  }

  /// Shape of the tensor `name`, outermost axis first, no size zero; throws `.missing` or
  /// `.malformed`.
  public func shape(_ name: String) throws(WeightError) -> [Int] {
    let shape = try file.shape(of: prefix + name)
    guard !shape.contains(0) else { throw malformed(name, "is empty") }
    return shape
  }

  /// The error to throw when the tensor `name` is not what any network has.
  func malformed(_ name: String, _ problem: String) -> WeightError {
    .malformed(path: file.path, problem: "tensor '\(prefix + name)' \(problem)")
  }

  /// Shape of the tensor `name`, which must have `rank` axes; throws `.missing` or `.malformed`.
  func shape(_ name: String, rank: Int) throws(WeightError) -> [Int] {
    let shape = try shape(name)
    guard shape.count == rank else {
      throw malformed(name, "has shape \(shape), not \(rank) axes")
    }
    return shape
  }

  /// Whether there is a tensor called `name`.
  public func contains(_ name: String) -> Bool { file.contains(prefix + name) }

  /// How many of the modules `component.0`, `component.1`, … are there, up to the first that is not.
  public func count(of component: String) -> Int {
    consecutiveChildren(of: prefix + component, in: file.names)
  }

  /// The free-form strings stored with the file.
  public var metadata: [String: String] { file.metadata }

  /// Throws `.leftOver` with the names in the whole file that nobody asked for, if there are any.
  public func requireAllUsed() throws(WeightError) {
    let names = file.unusedNames
    guard names.isEmpty else { throw .leftOver(path: file.path, tensors: names) }
  }
}

/// How many of `component.0`, `component.1`, … begin a name, up to the first that does not.
func consecutiveChildren(of component: String, in names: some Sequence<String>) -> Int {
  let prefix = component + "."
  var children: Set<Substring> = []
  for name in names where name.hasPrefix(prefix) {
    children.insert(name.dropFirst(prefix.count).prefix { $0 != "." })
  }
  return (0...).first { !children.contains(Substring(String($0))) } ?? 0
}
