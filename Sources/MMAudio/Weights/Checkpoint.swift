import Foundation

/// A published file, whatever its format: sets of named tensors to choose a network from.
struct Checkpoint {
  let file: InputFile
  /// Candidate state dicts; safetensors files have one.
  let stateDictionaries: [StateDictionary]
  /// A Python object that holds tensors, in a PyTorch file.
  let object: PickledObject?

  /// Opens a PyTorch zip or safetensors file, told apart by its first bytes.
  ///
  /// - Throws: `.fileMissing`, `.unreadable`, `.notACheckpoint`, `.legacyCheckpoint`, `.program`,
  ///   `.shard`, `.truncated`, `.malformed`, `.forbiddenGlobal`, `.unsupportedElementType` or
  ///   `.alreadyConverted`.
  init(_ url: URL) throws(WeightError) {
    file = try InputFile(url)
    if let shard = Shard(name: url.lastPathComponent) {
      throw .shard(path: file.path, shard)
    }
    let lead = try file.bytes(min(16, file.size), at: 0, part: "it")
    if Self.isZip(lead) {
      let checkpoint = try TorchCheckpoint(file)
      stateDictionaries = checkpoint.stateDictionaries
      object = checkpoint.object
    } else if SafetensorsHeader.matches(lead) {
      let tensors = try Self.tensors(try SafetensorsHeader(file), file)
      stateDictionaries = [StateDictionary(key: "", tensors: tensors)]
      object = nil
    } else if TorchCheckpoint.isLegacy(lead) {
      throw .legacyCheckpoint(path: file.path)
    } else {
      throw .notACheckpoint(path: file.path)
    }
  }

  /// Whether a file that starts with `bytes`, 16 or fewer that are all there are, can be a checkpoint.
  static func mayBegin(with bytes: [UInt8]) -> Bool {
    isZip(bytes) || SafetensorsHeader.matches(bytes) || TorchCheckpoint.isLegacy(bytes)
  }

  private static func isZip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4B, 3, 4]) }

  private static func tensors(
    _ header: SafetensorsHeader, _ file: InputFile
  ) throws(WeightError) -> [StoredTensor] {
    guard header.metadata[CheckpointConverter.versionKey] == nil else {
      throw .alreadyConverted(path: file.path, found: ModelFile(metadata: header.metadata))
    }
    return header.entries.sorted { $0.value.offset < $1.value.offset }.map { name, entry in
      var strides = [Int](repeating: 1, count: entry.shape.count)
      // Shapes were checked to multiply without overflow unless a later size is zero.
      for axis in entry.shape.indices.dropLast().reversed() {
        strides[axis] = strides[axis + 1] &* entry.shape[axis + 1]
      }
      return StoredTensor(
        name: name, type: entry.type, shape: entry.shape, strides: strides, offset: entry.offset,
        count: entry.count)
    }
  }
}
