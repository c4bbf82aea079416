import Foundation
import MMAudioKernels

/// Tensors of a PyTorch zip checkpoint, found through its pickle without running it.
struct TorchCheckpoint {
  /// The state dicts in the file, outermost first, then in the order of their keys.
  ///
  /// A state dict is any dictionary that has tensors under text keys; it may sit below others
  /// (`generator`, `state_dict`, `model`, …). Everything that is not a tensor is skipped.
  let stateDictionaries: [[StoredTensor]]

  /// Dictionaries nested deeper than this are not searched; published files nest once.
  private static let depthLimit = 4
  /// Published pickles are below 1 MB, ones with optimizer state below 20 MB.
  private static let pickleLimit = 128 << 20

  /// Reads the description of every tensor in `file`, and checks that its values are there.
  init(_ file: InputFile) throws(WeightError) {
    let archive = try ZipArchive(file)
    guard
      let entry = archive.entries.values.first(where: {
        $0.name.hasSuffix("/data.pkl") && $0.name.filter { $0 == "/" }.count == 1
      })
    else { throw .notACheckpoint(path: file.path) }
    guard entry.size <= Self.pickleLimit else {
      throw .malformed(path: file.path, problem: "its pickle is impossibly long")
    }
    let folder = entry.name.dropLast("data.pkl".count)
    try Self.checkByteOrder(archive.entries[folder + "byteorder"], file)
    let pickle = try PickleReader.read(
      try file.bytes(entry.size, at: entry.offset, part: "its pickle"), path: file.path)
    let resolver = Resolver(
      pickle: pickle, archive: archive, folder: String(folder), path: file.path)
    stateDictionaries = try resolver.stateDictionaries(depthLimit: Self.depthLimit)
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
  let path: String

  /// An expanded view can claim any number of values; published tensors have below 2^26,
  /// and a row of a tensor must fit in memory.
  private static let countLimit = 1 << 28

  func stateDictionaries(depthLimit: Int) throws(WeightError) -> [[StoredTensor]] {
    guard case .dictionary(let root) = pickle.root else { return [] }
    var result: [[StoredTensor]] = []
    var level = [root]
    var seen: Set<Int> = [root]
    for _ in 0..<depthLimit {
      var next: [Int] = []
      for dictionary in level {
        var tensors: [StoredTensor] = []
        for (key, value) in pickle.dictionaries[dictionary] {
          switch (key, value) {
          case (.text(let name), .tensor(let tensor)):
            tensors.append(try resolve(pickle.tensors[tensor], name))
          case (_, .dictionary(let child)) where seen.insert(child).inserted: next.append(child)
          default: break
          }
        }
        if !tensors.isEmpty { result.append(tensors) }
      }
      level = next
    }
    return result
  }

  /// Checks that every index of a view lies inside its storage, and the storage inside its entry.
  private func resolve(
    _ view: Pickle.TensorView, _ name: String
  ) throws(WeightError) -> StoredTensor {
    let malformed = WeightError.malformed(
      path: path, problem: "tensor '\(name)' reaches outside its storage")
    let storage = pickle.storages[view.storage]
    guard let entry = archive.entries["\(folder)data/\(storage.key)"] else {
      throw .truncated(path: path, part: "the storage of tensor '\(name)'")
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
