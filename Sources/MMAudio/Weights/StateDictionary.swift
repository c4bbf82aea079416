/// A dictionary in a checkpoint that has tensors under text keys.
struct StateDictionary {
  /// Keys of the dictionaries around it, joined by dots; empty for the outermost.
  let key: String
  /// The tensors, in the file's order.
  var tensors: [StoredTensor] = []
  /// Names of the Python classes of what stands under the other keys.
  var objects: [String: String] = [:]

  /// What full names of the tensors begin with.
  var prefix: String { key.isEmpty ? "" : key + "." }
}

/// A Python object that a pickle describes, and that is never made.
struct PickledObject {
  /// The key that it stands under; empty for the outermost.
  let key: String
  /// Its class.
  let name: String
}
