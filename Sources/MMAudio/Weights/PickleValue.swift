import MMAudioKernels

/// A value that a restricted pickle can hold.
///
/// Containers and tensors are numbers into the arrays of `Pickle`: a hostile pickle can nest or
/// loop them as it likes without deep recursion or leaks here.
enum PickleValue {
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
  /// Something legal that no tensor depends on: a fraction, raw bytes, a huge integer.
  case opaque
}

/// The Python callables that may be applied; each is imitated, none is run.
enum PickleCallable: String {
  case orderedDictionary = "collections.OrderedDict"
  /// In the scheduler of a training checkpoint.
  case counter = "collections.Counter"
  case rebuildTensor = "torch._utils._rebuild_tensor_v2"
  case rebuildParameter = "torch._utils._rebuild_parameter"
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

  var root = PickleValue.none
  var tuples: [[PickleValue]] = []
  var lists: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [Storage] = []
  var tensors: [TensorView] = []

  /// The value that a global stands for, if it is on the short list.
  static func global(_ name: String) -> PickleValue? {
    if let callable = PickleCallable(rawValue: name) { return .callable(callable) }
    return storageTypes[name].map(PickleValue.storageType)
  }

  private static let storageTypes: [String: ElementType] = [
    "torch.DoubleStorage": .f64, "torch.FloatStorage": .f32, "torch.HalfStorage": .f16,
    "torch.BFloat16Storage": .bf16, "torch.LongStorage": .i64, "torch.IntStorage": .i32,
    "torch.ShortStorage": .i16, "torch.CharStorage": .i8, "torch.ByteStorage": .u8,
    "torch.BoolStorage": .bool,
  ]
}
