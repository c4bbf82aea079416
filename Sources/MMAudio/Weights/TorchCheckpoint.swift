import Foundation
import MMAudioKernels

/// Tensors of a PyTorch zip checkpoint, found through its pickle without running it.
struct TorchCheckpoint {
  /// The state dicts in the file, outermost first, then in the order of their keys.
  ///
  /// They may sit below others (`generator`, `state_dict`, `model`, …). Everything that is not a tensor
  /// is skipped.
  let stateDictionaries: [StateDictionary]
  /// A Python object that holds tensors, such as a whole model, or that is all there is.
  let object: PickledObject?

  /// Dictionaries nested deeper than this are not searched; published files nest once.
  private static let depthLimit = 4
  /// Published pickles are below 1 MB, ones with optimizer state below 20 MB.
  private static let pickleLimit = 128 << 20

  /// Reads the description of every tensor in `file`, and checks that its values are there.
  init(_ file: InputFile) throws(WeightError) {
    let archive = try ZipArchive(file)
    guard
      let name = archive.names.first(where: {
        $0.hasSuffix("/data.pkl") && $0.count { $0 == "/" } == 1
      }), let entry = try archive.entry(name)
    else {
      let isExported = archive.names.contains { $0.hasSuffix("/archive_format") }
      throw isExported
        ? .program(path: file.path, format: "torch.export") : .notACheckpoint(path: file.path)
    }
    let folder = String(name.dropLast("data.pkl".count))
    guard !archive.names.contains(folder + "constants.pkl") else {
      throw .program(path: file.path, format: "TorchScript")
    }
    guard entry.size <= Self.pickleLimit else {
      throw .malformed(path: file.path, problem: "its pickle is impossibly long")
    }
    try Self.checkByteOrder(try archive.entry(folder + "byteorder"), file)
    let pickle = try PickleReader.read(
      try file.bytes(entry.size, at: entry.offset, part: "its pickle"), path: file.path)
    var resolver = Resolver(pickle: pickle, archive: archive, folder: folder)
    stateDictionaries = try resolver.stateDictionaries(depthLimit: Self.depthLimit)
    object = resolver.object
  }

  /// Whether a file that starts with `bytes` is in the format from before zip files.
  static func isLegacy(_ bytes: [UInt8]) -> Bool {
    // Protocol 2, then LONG1 with PyTorch's magic number 0x1950a86a20f9469cfc6c.
    bytes.starts(with: [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20])
  }

  private static func checkByteOrder(
    _ entry: ZipArchive.Entry?, _ file: InputFile
  ) throws(WeightError) {
    // Files from before PyTorch 2.1 do not say; they are little-endian on every machine in use.
    guard let entry else { return }
    let order = try file.bytes(min(entry.size, 16), at: entry.offset, part: "its byte order")
    guard order.elementsEqual("little".utf8) else {
      throw .malformed(
        path: file.path,
        problem: "its byte order is '\(String(decoding: order, as: UTF8.self))', expected 'little'")
    }
  }
}

/// Turns what a pickle describes into tensors with places in the file.
private struct Resolver {
  let pickle: Pickle
  let archive: ZipArchive
  let folder: String
  /// The first object with tensors that was passed.
  private(set) var object: PickledObject?
  private var withoutTensors: Set<PickleValue> = []

  init(pickle: Pickle, archive: ZipArchive, folder: String) {
    self.pickle = pickle
    self.archive = archive
    self.folder = folder
  }

  /// An expanded view can claim any number of values; published tensors have below 2^26,
  /// and a row of a tensor must fit in memory.
  private static let countLimit = 1 << 28

  mutating func stateDictionaries(depthLimit: Int) throws(WeightError) -> [StateDictionary] {
    if case .object(let index) = pickle.root {
      object = PickledObject(key: "", name: pickle.objects[index].name)
    }
    guard case .dictionary(let root) = pickle.root else { return [] }
    var result: [StateDictionary] = []
    var level = [(dictionary: root, key: "")]
    var seen: Set<Int> = [root]
    for _ in 0..<depthLimit {
      var next: [(dictionary: Int, key: String)] = []
      for (dictionary, key) in level {
        var found = StateDictionary(key: key)
        for (name, value) in pickle.dictionaries[dictionary] {
          switch (name, value) {
          case (.text(let name), .tensor(let tensor)):
            found.tensors.append(try resolve(pickle.tensors[tensor], name))
          case (.text(let name), .object(let index)):
            found.objects[name] = pickle.objects[index].name
            note(index, found.prefix + name)
          case (.text(let name), .dictionary(let child)) where seen.insert(child).inserted:
            next.append((child, found.prefix + name))
          case (.integer(let name), .dictionary(let child)) where seen.insert(child).inserted:
            next.append((child, "\(found.prefix)\(name)"))
          default: break
          }
        }
        if !found.tensors.isEmpty || !found.objects.isEmpty { result.append(found) }
      }
      level = next
    }
    return result
  }

  private mutating func note(_ index: Int, _ key: String) {
    guard object == nil, pickle.holdsTensor([.object(index)], seen: &withoutTensors) else { return }
    object = PickledObject(key: key, name: pickle.objects[index].name)
  }

  /// Checks that every index of a view lies inside its storage, and the storage inside its entry.
  private func resolve(
    _ view: Pickle.TensorView, _ name: String
  ) throws(WeightError) -> StoredTensor {
    let malformed = WeightError.malformed(
      path: pickle.path, problem: "tensor '\(name)' reaches outside its storage")
    let storage = pickle.storages[view.storage]
    guard let entry = try archive.entry("\(folder)data/\(storage.key)") else {
      throw .truncated(path: pickle.path, part: "the storage of tensor '\(name)'")
    }
    guard storage.count <= entry.size / storage.type.byteCount, view.offset >= 0,
      let count = elementCount(view.shape), count <= Self.countLimit
    else { throw malformed }
    // Where the last value lies; an empty view has none.
    var last = view.offset
    for (size, stride) in zip(view.shape, view.strides) {
      guard stride >= 0 else { throw malformed }
      let (step, productOverflow) = max(0, size - 1).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(step)
      guard !productOverflow, !sumOverflow else { throw malformed }
      last = sum
    }
    guard count == 0 || last < storage.count, view.offset <= storage.count else { throw malformed }
    return StoredTensor(
      name: name, type: storage.type, shape: view.shape, strides: view.strides,
      offset: entry.offset + view.offset * storage.type.byteCount, count: count)
  }
}
