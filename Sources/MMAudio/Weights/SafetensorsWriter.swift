import Foundation
import MMAudioKernels
import MMAudioMedia

/// Writes a safetensors file piece by piece; the file appears only when it is complete.
///
/// Declare all tensors, write their values in any order and in pieces of any size, then `finish`.
/// The data start at a multiple of 64 bytes, and tensors are ordered so that as many as possible
/// start at one too and every `F32` tensor can be used where it lies.
public struct SafetensorsWriter: ~Copyable {
  /// One tensor to write.
  public struct Entry: Sendable {
    /// Its name.
    public let name: String
    /// Sizes of its axes, outermost first.
    public let shape: [Int]
    /// How to store it.
    public let type: ElementType

    /// A tensor to write.
    public init(name: String, shape: [Int], type: ElementType) {
      self.name = name
      self.shape = shape
      self.type = type
    }

    fileprivate var count: Int { shape.reduce(1, *) }
    fileprivate var byteCount: Int { count * type.byteCount }
  }

  private let path: String
  private let file: AtomicFile
  private let entries: [Entry]
  private let offsets: [String: (entry: Entry, begin: Int)]
  private let metadata: [String: String]
  private let dataOffset: Int
  private let dataByteCount: Int
  private var bytesWritten = 0

  /// Bytes of the whole file.
  public var byteCount: Int { dataOffset + dataByteCount }

  /// Begins a file at `url`.
  ///
  /// - Parameters:
  ///   - url: where the file will stand
  ///   - entries: all tensors, under different names
  ///   - metadata: free-form strings to store with them
  /// - Throws: `.output`
  public init(
    _ url: URL, entries: [Entry], metadata: [String: String] = [:]
  ) throws(WeightError) {
    // Lengths that are multiples of 64 keep what follows aligned, so they come first.
    let ranked = entries.enumerated().sorted {
      (Self.rank($0.element), $0.offset) < (Self.rank($1.element), $1.offset)
    }
    let sorted = ranked.map(\.element)
    var position = 0
    var offsets: [String: (entry: Entry, begin: Int)] = [:]
    for entry in sorted {
      precondition(offsets[entry.name] == nil, "SafetensorsWriter: '\(entry.name)' twice")
      offsets[entry.name] = (entry, position)
      position += entry.byteCount
    }
    file = try WeightError.rethrowing { () throws(OutputError) in try AtomicFile(path: url.path) }
    path = url.path
    self.entries = sorted
    self.metadata = metadata
    self.offsets = offsets
    dataByteCount = position
    dataOffset = Self.header(sorted, metadata).count
  }

  private static func rank(_ entry: Entry) -> Int {
    entry.byteCount % 64 == 0 ? 0 : 9 - entry.type.byteCount
  }

  /// Stores values of the tensor `name`, the first of which is its `start`th.
  ///
  /// - Parameters:
  ///   - values: finite values; `F16` and `BF16` round to nearest even
  ///   - name: a declared tensor of type `F32`, `F16` or `BF16`
  ///   - start: position of the first value
  /// - Throws: `.overflow` or `.output`
  public mutating func write(
    _ values: UnsafeBufferPointer<Float>, of name: String, from start: Int = 0
  ) throws(WeightError) {
    guard let (entry, _) = offsets[name], let base = values.baseAddress else {
      precondition(values.isEmpty, "SafetensorsWriter: '\(name)' was not declared")
      return
    }
    guard entry.type != .f32 else {
      return try writeBytes(UnsafeRawBufferPointer(values), of: name, from: start)
    }
    precondition(
      entry.type == .f16 || entry.type == .bf16,
      "SafetensorsWriter: '\(name)' is \(entry.type), not a float")
    var fits = false
    let narrow = entry.type == .f16 ? narrowToHalf : narrowToBrainFloat
    let narrowed = [UInt16](unsafeUninitializedCapacity: values.count) { buffer, count in
      // Safe: the buffer has room for all values, of which there is at least one.
      if let target = buffer.baseAddress { fits = narrow(base, values.count, target) }
      count = values.count
    }
    guard fits else { throw .overflow(path: path, tensor: name, type: entry.type.rawValue) }
    var result = Result<Void, WeightError>.success(())
    narrowed.withUnsafeBytes { bytes in
      result = Result { () throws(WeightError) in
        try writeBytes(bytes, of: name, from: start)
      }
    }
    try result.get()
  }

  /// Stores values of the tensor `name` as they are, the first of which is its `start`th.
  ///
  /// - Parameters:
  ///   - bytes: whole values, little-endian
  ///   - name: a declared tensor
  ///   - start: position of the first value
  /// - Throws: `.output`
  public mutating func writeBytes(
    _ bytes: UnsafeRawBufferPointer, of name: String, from start: Int = 0
  ) throws(WeightError) {
    guard let (entry, begin) = offsets[name] else {
      preconditionFailure("SafetensorsWriter: '\(name)' was not declared")
    }
    let offset = start * entry.type.byteCount
    precondition(
      start >= 0 && offset + bytes.count <= entry.byteCount,
      "SafetensorsWriter: \(bytes.count) bytes at \(offset) of \(entry.byteCount) in '\(name)'")
    let place = dataOffset + begin + offset
    try WeightError.rethrowing { () throws(OutputError) in try file.write(bytes, at: place) }
    bytesWritten += bytes.count
  }

  /// Stores the values of `tensor` in the tensor `name`, all of them unless `start` or the shape says
  /// otherwise; throws as the other `write` does.
  public mutating func write(
    _ tensor: Tensor, of name: String, from start: Int = 0
  ) throws(WeightError) {
    var result = Result<Void, WeightError>.success(())
    tensor.withValues { values in
      result = Result { () throws(WeightError) in
        try write(
          UnsafeBufferPointer(start: values, count: tensor.count), of: name, from: start)
      }
    }
    try result.get()
  }

  /// Completes the file.
  ///
  /// - Parameter replacing: metadata to store instead of some of the declared, of equal length; for
  ///   what is known only once the data are written, such as a digest
  /// - Throws: `.output`
  public consuming func finish(replacing: [String: String] = [:]) throws(WeightError) {
    precondition(
      bytesWritten == dataByteCount,
      "SafetensorsWriter: \(bytesWritten) of \(dataByteCount) bytes written to \(path)")
    let header = Self.header(entries, metadata.merging(replacing) { $1 })
    precondition(header.count == dataOffset, "SafetensorsWriter: metadata changed its length")
    try WeightError.rethrowing { () throws(OutputError) in
      var result = Result<Void, OutputError>.success(())
      header.withUnsafeBytes { bytes in
        result = Result { () throws(OutputError) in try file.write(bytes, at: 0) }
      }
      try result.get()
      try file.commit()
    }
  }

  /// The length and the JSON, padded with spaces to a multiple of 64 bytes.
  private static func header(_ entries: [Entry], _ metadata: [String: String]) -> [UInt8] {
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { "\(json($0.key)):\(json($0.value))" }
      fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var position = 0
    for entry in entries {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      let end = position + entry.byteCount
      fields.append(
        "\(json(entry.name)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(position),\(end)]}")
      position = end
    }
    var text = Array("{\(fields.joined(separator: ","))}".utf8)
    while (text.count + 8) % 64 != 0 { text.append(UInt8(ascii: " ")) }
    let length = UInt64(text.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) } + text
  }

  /// A JSON string literal.
  private static func json(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": literal += "\\\(scalar)"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }
}
