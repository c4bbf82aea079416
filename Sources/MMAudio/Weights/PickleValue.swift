import MMAudioKernels

/// A value that a pickle can hold.
///
/// Containers, objects and tensors are numbers into the arrays of `Pickle`: a hostile pickle can nest
/// or loop them as it likes without deep recursion or leaks here.
enum PickleValue: Hashable {
  case none
  case boolean(Bool)
  case integer(Int)
  case text(String)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case callable(PickleCallable)
  case storageType(ElementType)
  case storage(Int)
  case tensor(Int)
  /// A Python object or function that is only named here, never made or called.
  case object(Int)
  /// Something legal that no tensor depends on: a fraction, raw bytes, a set, a huge integer.
  case opaque
}

/// The Python callables that are imitated; none is run.
enum PickleCallable: String {
  case orderedDictionary = "collections.OrderedDict"
  case defaultDictionary = "collections.defaultdict"
  /// In the scheduler of a training checkpoint.
  case counter = "collections.Counter"
  case rebuildTensor = "torch._utils._rebuild_tensor_v2"
  /// A tensor of a type that has no storage class of its own, such as float8.
  case rebuildTypedTensor = "torch._utils._rebuild_tensor_v3"
  /// A tensor that carries Python attributes, which nothing here needs.
  case rebuildFromType = "torch._tensor._rebuild_from_type_v2"
  case rebuildParameter = "torch._utils._rebuild_parameter"
  case rebuildParameterWithState = "torch._utils._rebuild_parameter_with_state"
  case size = "torch.Size"
}

/// What a pickle describes.
struct Pickle {
  /// A typed run of values in a file of its own in the archive.
  struct Storage {
    let type: ElementType
    let key: String
    let count: Int
  }

  /// A view of a storage.
  struct TensorView {
    let storage: Int
    let offset: Int
    let shape: [Int]
    let strides: [Int]
  }

  /// What the pickle says of an object that is not made.
  struct Object {
    /// The class or function, such as `argparse.Namespace`.
    let name: String
    /// What the object would be made from.
    var parts: [PickleValue] = []
  }

  /// The file that the pickle is in, for messages.
  let path: String
  var root = PickleValue.none
  var tuples: [[PickleValue]] = []
  var lists: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [Storage] = []
  var tensors: [TensorView] = []
  var objects: [Object] = []

  init(path: String) { self.path = path }

  /// Whether a tensor is below one of `values`.
  ///
  /// - Parameters:
  ///   - values: where to look
  ///   - seen: values that are known to have none, and are not looked at again
  /// - Returns: whether there is one
  func holdsTensor(_ values: [PickleValue], seen: inout Set<PickleValue>) -> Bool {
    var pending = values
    while let value = pending.popLast() {
      switch value {
      case .tensor: return true
      case .tuple, .list, .dictionary, .object:
        if seen.insert(value).inserted { pending += children(value) }
      default: break
      }
    }
    return false
  }

  private func children(_ value: PickleValue) -> [PickleValue] {
    switch value {
    case .tuple(let index): tuples[index]
    case .list(let index): lists[index]
    case .dictionary(let index): dictionaries[index].map(\.value)
    case .object(let index): objects[index].parts
    default: []
    }
  }

  func malformed(_ problem: String) -> WeightError {
    .malformed(path: path, problem: "in its pickle, \(problem)")
  }
}
