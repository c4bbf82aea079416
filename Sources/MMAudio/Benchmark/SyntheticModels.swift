import Foundation
import MMAudioKernels
import MMAudioMedia

/// A temporary folder of networks of the published sizes, for those who have none.
///
/// Their values are noise that leaves activations at the size of trained ones: what is skipped because
/// it is equal, or slow because it is denormal, is so with trained weights too.
final class SyntheticModels: Sendable {
  let folder: ModelFolder

  /// Makes an empty folder.
  init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("mmaudio-bench-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    } catch {
      throw OutputError.cannotCreate(path: url.path, reason: error.localizedDescription)
    }
    folder = ModelFolder(path: url.path)
  }

  deinit { try? FileManager.default.removeItem(at: folder.url) }

  /// Makes the file of a network.
  ///
  /// - Throws: `.output`, with `.temporaryFolderFull` where the disk has too little room for it
  func make(_ file: ModelFile, variant: ModelVariant) throws(WeightError) {
    let tensors = try PublishedSizes.output(file, variant: variant).tensors
    var writer = try SafetensorsWriter(
      folder.url.appendingPathComponent(file.name),
      entries: tensors.map { .init(name: $0.name, shape: $0.convertedShape, type: .f32) },
      metadata: file.metadata)
    try requireRoom(for: writer.byteCount)
    var values = SyntheticValues()
    for tensor in tensors { try values.write(tensor, to: &writer) }
    try writer.finish()
  }

  /// Removes the file of a network, whose room the next one may need.
  func remove(_ file: ModelFile) {
    try? FileManager.default.removeItem(at: folder.url.appendingPathComponent(file.name))
  }

  /// Throws before gigabytes are written in vain; a disk that does not say how full it is may try.
  func requireRoom(for byteCount: Int) throws(WeightError) {
    var info = statvfs()
    guard statvfs(folder.url.path, &info) == 0 else { return }
    let free = UInt64(info.f_bavail) * UInt64(info.f_frsize)
    guard free < UInt64(byteCount) else { return }
    throw .output(
      .temporaryFolderFull(
        path: folder.url.deletingLastPathComponent().path, needed: byteCount,
        free: Int(clamping: free)))
  }
}
