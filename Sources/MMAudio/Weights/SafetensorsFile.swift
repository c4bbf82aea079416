import Foundation
import MMAudioKernels
import Synchronization

/// A safetensors file in the address space; `float32` tensors are used where they lie.
///
/// Everything the header says is checked when the file is opened: shapes, types, lengths, and that
/// the tensors fill the file without gaps. The file must not shrink while it is open.
public final class SafetensorsFile: Sendable {
  /// Where the file is, for messages.
  public let path: String
  private let header: SafetensorsHeader
  private let mapping: FileMapping
  private let usesLittleMemory: Bool
  /// Names that somebody asked for, so that `WeightScope` can report the rest.
  private let used = Mutex<Set<String>>([])

  /// Opens the file at `url`.
  ///
  /// - Parameters:
  ///   - url: where the file is
  ///   - lowMemory: whether kernels' pages are let go after every use, to be read again for the next:
  ///     then a few layers are resident at a time, not the whole network
  /// - Throws: `.fileMissing`, `.unreadable`, `.truncated`, `.malformed` or
  ///   `.unsupportedElementType`.
  public init(_ url: URL, lowMemory: Bool = false) throws(WeightError) {
    usesLittleMemory = lowMemory
    let file = try InputFile(url)
    path = file.path
    header = try SafetensorsHeader(file)
    names = header.entries.keys.sorted()
    mapping = try file.map(file.size, at: 0)
  }

  /// Names of all tensors, sorted.
  public let names: [String]

  /// The free-form strings stored with the tensors.
  public var metadata: [String: String] { header.metadata }

  /// Bytes that are in memory once all of it was used.
  var byteCount: Int { mapping.count }

  /// Whether there is a tensor called `name`.
  public func contains(_ name: String) -> Bool { header.entries[name] != nil }

  /// Shape of the tensor `name`, outermost axis first; throws `.missing`.
  public func shape(of name: String) throws(WeightError) -> [Int] { try entry(name).shape }

  /// How the values of the tensor `name` are stored; throws `.missing`.
  public func elementType(of name: String) throws(WeightError) -> ElementType {
    try entry(name).type
  }

  /// The tensor `name` as floats; throws `.missing`.
  ///
  /// Aligned `F32` shares the memory of the file; everything else is widened into fresh memory.
  public func tensor(_ name: String) throws(WeightError) -> Tensor {
    let entry = try entry(name)
    // Safe: the header was checked against the size of the mapping, which the tensor keeps alive.
    let values = mapping.base + entry.offset
    if entry.type == .f32, UInt(bitPattern: values) % 4 == 0 {
      return Tensor(
        entry.shape, borrowing: values.assumingMemoryBound(to: Float.self), from: mapping)
    }
    let tensor = withExtendedLifetime(mapping) {
      Tensor(entry.shape) { widen(values, entry.type, count: entry.count, into: $0) }
    }
    if usesLittleMemory { mapping.forget(entry.offset, entry.count * entry.type.byteCount) }
    return tensor
  }

  /// The kernel `name`, in panels as `convert` writes it, used where it lies.
  ///
  /// - Throws: `.missing`, or `.unsupportedElementType` unless it is stored as `F32`, `F16` or `BF16`
  func kernel(_ name: String) throws(WeightError) -> PanelWeights {
    let entry = try entry(name)
    guard [.f32, .f16, .bf16].contains(entry.type) else { throw unsupported(name, entry) }
    let (outputs, inputs, taps) = kernelSizes(entry.shape)
    let forget: @Sendable () -> Void = { [mapping] in
      mapping.forget(entry.offset, entry.count * entry.type.byteCount)
    }
    // Safe: the header was checked against the size of the mapping, which the weights keep alive.
    return PanelWeights(
      outputs: outputs, inputs: inputs, taps: taps, entry.type,
      borrowing: mapping.base + entry.offset, from: mapping,
      afterUse: usesLittleMemory ? forget : nil)
  }

  /// The tensor `name`, which must be `U8`, as bytes; throws `.missing` or
  /// `.unsupportedElementType`.
  public func bytes(of name: String) throws(WeightError) -> [UInt8] {
    let entry = try entry(name)
    guard entry.type == .u8 else { throw unsupported(name, entry) }
    return withExtendedLifetime(mapping) {
      Array(UnsafeRawBufferPointer(start: mapping.base + entry.offset, count: entry.count))
    }
  }

  /// The tensor `name`, which must hold integers, as integers; throws `.missing` or
  /// `.unsupportedElementType`.
  public func integers(of name: String) throws(WeightError) -> [Int] {
    let entry = try entry(name)
    // Safe: as in `tensor`; loads do not assume alignment.
    let values = mapping.base + entry.offset
    func load<Stored: FixedWidthInteger & BitwiseCopyable>(_: Stored.Type) -> [Int] {
      withExtendedLifetime(mapping) {
        (0..<entry.count).map { index in
          Int(
            values.loadUnaligned(
              fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self))
        }
      }
    }
    switch entry.type {
    case .i64: return load(Int64.self)
    case .i32: return load(Int32.self)
    case .i16: return load(Int16.self)
    case .i8: return load(Int8.self)
    case .u8, .bool: return load(UInt8.self)
    case .f64, .f32, .f16, .bf16: throw unsupported(name, entry)
    }
  }

  /// Notes that somebody uses the tensor `name`.
  func markUsed(_ name: String) { used.withLock { _ = $0.insert(name) } }

  /// Names that nobody has asked for, sorted.
  var unusedNames: [String] {
    let used = used.withLock { $0 }
    return names.filter { !used.contains($0) }
  }

  private func entry(_ name: String) throws(WeightError) -> SafetensorsHeader.Entry {
    guard let entry = header.entries[name] else { throw .missing(path: path, tensor: name) }
    return entry
  }

  private func unsupported(_ name: String, _ entry: SafetensorsHeader.Entry) -> WeightError {
    .unsupportedElementType(path: path, tensor: name, type: entry.type.rawValue)
  }
}
