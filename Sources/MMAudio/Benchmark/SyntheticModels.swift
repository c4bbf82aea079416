import Foundation
import MMAudioKernels
import MMAudioMedia
import Synchronization

/// A temporary folder of networks of the published sizes, for those who have none.
///
/// The files are sparse: of each tensor some values are written, which do not become infinite or
/// denormal on their way, and the rest are holes, which take no room on the disk and read as zeros.
/// Arithmetic is as fast on those as on others.
final class SyntheticModels: Sendable {
  let folder: ModelFolder

  /// Folders that exist, to be removed where the process ends without its objects.
  private static let existing = Mutex<Set<String>>([])
  private static let removesAtExit: Bool = {
    atexit {
      for path in SyntheticModels.existing.withLock({ $0 }) {
        try? FileManager.default.removeItem(atPath: path)
      }
    }
    return true
  }()

  /// Makes an empty folder.
  init() throws {
    precondition(Self.removesAtExit)
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("mmaudio-bench-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    } catch {
      throw OutputError.cannotCreate(path: url.path, reason: error.localizedDescription)
    }
    Self.existing.withLock { _ = $0.insert(url.path) }
    folder = ModelFolder(path: url.path)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder.url)
    Self.existing.withLock { _ = $0.remove(folder.url.path) }
  }

  /// Makes the file of a network, unless it is there.
  func make(_ file: ModelFile, variant: ModelVariant) throws(WeightError) {
    guard !folder.contains(file) else { return }
    let tensors = try PublishedSizes.output(file, variant: variant).tensors
    var writer = try SafetensorsWriter(
      folder.url.appendingPathComponent(file.name),
      entries: tensors.map { .init(name: $0.name, shape: $0.convertedShape, type: .f32) },
      metadata: file.metadata)
    for tensor in tensors { try Self.fill(tensor, &writer) }
    try writer.finish(leavingZeros: true)
  }

  /// Values written of every `valuesPerHole`, a page of memory.
  private static let valuesPerPage = 1024
  private static let valuesPerHole = 256 * valuesPerPage

  /// Writes a page at the start of every hole, and the last value, which gives a file its length.
  private static func fill(
    _ tensor: NetworkLayout.Requirement, _ writer: inout SafetensorsWriter
  ) throws(WeightError) {
    let count = tensor.shape.reduce(1, *)
    if case .commonFilter = tensor.folding {
      return try writer.write(Tensor(tensor.shape, AliasFreeFilter.taps), of: tensor.name)
    }
    for start in stride(from: 0, to: count, by: valuesPerHole) + [count - 1] {
      let values = (start..<min(count, start + valuesPerPage)).map(value)
      var result = Result<Void, WeightError>.success(())
      values.withUnsafeBufferPointer { buffer in
        result = Result { () throws(WeightError) in
          try writer.write(buffer, of: tensor.name, from: start)
        }
      }
      try result.get()
    }
  }

  /// ±0.05 at most: the golden ratio's multiples spread evenly.
  private static func value(_ index: Int) -> Float {
    let turns = 0.618_033_988_749_895 * Double(index % 1_000_003)
    return Float(0.1 * (turns - turns.rounded(.down)) - 0.05)
  }
}
