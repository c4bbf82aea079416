import MMAudioKernels

/// What becomes of the globals, calls and storages of a pickle: a few are imitated, the others named.
extension Pickle {
  /// The value that a global stands for.
  ///
  /// - Throws: `.forbiddenGlobal` for what no training run saves, but an attack does.
  mutating func global(module: String, name: String) throws(WeightError) -> PickleValue {
    let full = "\(module).\(name)"
    if let callable = PickleCallable(rawValue: full) { return .callable(callable) }
    if let type = Self.storageTypes[full] { return .storageType(type) }
    guard !Self.runsCode(module: module, name: name) else {
      throw .forbiddenGlobal(path: path, name: full)
    }
    return object(full)
  }

  /// What calling `function` gives; `arguments` is a tuple.
  mutating func call(
    _ function: PickleValue, _ arguments: PickleValue
  ) throws(WeightError) -> PickleValue {
    guard case .tuple(let index) = arguments else { throw malformed("a tuple is missing") }
    switch function {
    case .callable(let callable): return try imitate(callable, tuples[index])
    case .object(let class_): return object(objects[class_].name, [arguments])
    default: throw malformed("it calls something that is not a function")
    }
  }

  /// Gives `parts` to an object that has been named; false if `value` is something else.
  mutating func extend(_ value: PickleValue, by parts: [PickleValue]) -> Bool {
    switch value {
    case .object(let index):
      objects[index].parts += parts
      return true
    case .opaque: return true
    default: return false
    }
  }

  /// `('storage', torch.FloatStorage, key, device, number of values)`.
  mutating func storage(_ value: PickleValue) throws(WeightError) -> PickleValue {
    guard case .tuple(let index) = value else { throw malformed("a tuple is missing") }
    let fields = tuples[index]
    guard fields.count >= 5, case .text("storage") = fields[0], case .text(let key) = fields[2],
      case .integer(let count) = fields[4], count >= 0
    else { throw malformed("a storage is not described as PyTorch does") }
    switch fields[1] {
    case .storageType(let type):
      storages.append(Storage(type: type, key: key, count: count))
      return .storage(storages.count - 1)
    case .object(let type): return object(objects[type].name)
    default: throw malformed("a storage is not described as PyTorch does")
    }
  }

  private mutating func object(_ name: String, _ parts: [PickleValue] = []) -> PickleValue {
    objects.append(Object(name: name, parts: parts))
    return .object(objects.count - 1)
  }

  private mutating func imitate(
    _ callable: PickleCallable, _ arguments: [PickleValue]
  ) throws(WeightError) -> PickleValue {
    switch callable {
    case .orderedDictionary:
      guard arguments.isEmpty else { throw malformed("it makes a dictionary from a list") }
      return dictionary()
    case .defaultDictionary:
      guard arguments.count <= 1 else { throw malformed("it makes a dictionary from a list") }
      return dictionary()
    case .counter:
      guard case .dictionary? = arguments.first else { throw malformed("a counter has no counts") }
      return arguments[0]
    case .rebuildTensor: return try tensor(arguments)
    case .rebuildTypedTensor:
      guard arguments.count > 6, case .object(let type) = arguments[6] else {
        throw malformed("a tensor is not described as PyTorch does")
      }
      return object(objects[type].name)
    case .rebuildFromType:
      guard arguments.count > 2, case .tuple(let inner) = arguments[2] else {
        throw malformed("a tensor is not described as PyTorch does")
      }
      switch arguments[0] {
      case .callable(.rebuildTensor): return try tensor(tuples[inner])
      case .callable(.rebuildTypedTensor): return try imitate(.rebuildTypedTensor, tuples[inner])
      case .callable(.rebuildParameter): return try parameter(tuples[inner])
      default: return object(callable.rawValue, arguments)
      }
    case .rebuildParameter, .rebuildParameterWithState: return try parameter(arguments)
    case .size:
      guard case .tuple? = arguments.first else { throw malformed("a size has no numbers") }
      return arguments[0]
    }
  }

  private mutating func dictionary() -> PickleValue {
    dictionaries.append([])
    return .dictionary(dictionaries.count - 1)
  }

  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`.
  private mutating func tensor(_ arguments: [PickleValue]) throws(WeightError) -> PickleValue {
    // A storage of a type that is not read here, such as complex numbers.
    if case .object? = arguments.first { return arguments[0] }
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
      let strides = integers(arguments[3]), shape.count == strides.count
    else { throw malformed("a tensor is not described as PyTorch does") }
    tensors.append(TensorView(storage: storage, offset: offset, shape: shape, strides: strides))
    return .tensor(tensors.count - 1)
  }

  /// `_rebuild_parameter(tensor, requires_grad, hooks)`.
  private func parameter(_ arguments: [PickleValue]) throws(WeightError) -> PickleValue {
    switch arguments.first {
    case .tensor?, .object?: return arguments[0]
    default: throw malformed("a parameter has no tensor")
    }
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    let values: [PickleValue]
    switch value {
    case .tuple(let index): values = tuples[index]
    case .list(let index): values = lists[index]
    default: return nil
    }
    // Bounded, because many tensors can name one long tuple; PyTorch allows 64 axes.
    guard values.count <= 64 else { return nil }
    var integers: [Int] = []
    for value in values {
      guard case .integer(let integer) = value else { return nil }
      integers.append(integer)
    }
    return integers
  }

  private static let storageTypes: [String: ElementType] = [
    "torch.DoubleStorage": .f64, "torch.FloatStorage": .f32, "torch.HalfStorage": .f16,
    "torch.BFloat16Storage": .bf16, "torch.LongStorage": .i64, "torch.IntStorage": .i32,
    "torch.ShortStorage": .i16, "torch.CharStorage": .i8, "torch.ByteStorage": .u8,
    "torch.BoolStorage": .bool,
  ]

  /// Whether a global is one that attacks use to run commands.
  ///
  /// Nothing is run here, but whoever opens the file elsewhere should know.
  private static func runsCode(module: String, name: String) -> Bool {
    switch module {
    case "subprocess", "runpy", "pty", "code", "webbrowser": true
    case "os", "posix", "nt":
      ["system", "popen", "exec", "spawn", "posix_spawn", "startfile"].contains {
        name.hasPrefix($0)
      }
    case "builtins", "__builtin__":
      ["eval", "exec", "execfile", "compile", "__import__"].contains(name)
    default: false
    }
  }
}
