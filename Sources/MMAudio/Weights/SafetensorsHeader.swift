import Foundation
import MMAudioKernels

/// The JSON header of a safetensors file: which tensors it holds, and where.
///
/// Layout: eight bytes with the header's length, little-endian; the header; the data without gaps.
struct SafetensorsHeader: Sendable {
  /// Where one tensor stands.
  struct Entry: Sendable {
    let type: ElementType
    let shape: [Int]
    /// Byte offset of the first value in the file.
    let offset: Int
    /// Number of values.
    let count: Int
  }

  /// All tensors by name.
  let entries: [String: Entry]
  /// The free-form strings stored with the tensors.
  let metadata: [String: String]

  /// The longest header that safetensors itself allows.
  private static let lengthLimit = 100_000_000

  /// Whether a file that starts with `bytes` (nine or more) can be safetensors.
  static func matches(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 9, bytes[8] == UInt8(ascii: "{") else { return false }
    return length(bytes) != nil
  }

  /// Reads and checks the header of `file`.
  init(_ file: InputFile) throws(WeightError) {
    let lead = try file.bytes(8, at: 0, part: "its header")
    guard let length = Self.length(lead) else {
      throw .malformed(path: file.path, problem: "its header has an impossible length")
    }
    let text = try file.bytes(length, at: 8, part: "its header")
    let raw: RawHeader
    do {
      raw = try JSONDecoder().decode(RawHeader.self, from: Data(text))
    } catch {
      throw .malformed(path: file.path, problem: "its header is not the JSON of safetensors")
    }
    metadata = raw.metadata
    entries = try Self.check(raw.tensors, dataOffset: 8 + length, file: file)
  }

  private static func length(_ bytes: [UInt8]) -> Int? {
    var length: UInt64 = 0
    for index in 0..<8 { length |= UInt64(bytes[index]) << UInt64(8 * index) }
    return length >= 2 && length <= lengthLimit ? Int(length) : nil
  }

  /// Checks that the tensors fill the data exactly, one after another.
  private static func check(
    _ tensors: [String: RawHeader.Tensor], dataOffset: Int, file: InputFile
  ) throws(WeightError) -> [String: Entry] {
    var entries: [String: Entry] = [:]
    var position = 0
    let ordered = tensors.sorted { first, second in
      first.value.range == second.value.range
        ? first.key < second.key
        : first.value.range.lexicographicallyPrecedes(second.value.range)
    }
    for (name, tensor) in ordered {
      func malformed(_ problem: String) -> WeightError {
        .malformed(path: file.path, problem: "tensor '\(name)' \(problem)")
      }
      guard let type = ElementType(rawValue: tensor.type) else {
        throw .unsupportedElementType(path: file.path, tensor: name, type: tensor.type)
      }
      let (begin, end) = (tensor.range[0], tensor.range[1])
      guard let count = elementCount(tensor.shape) else { throw malformed("has a bad shape") }
      let (byteCount, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
      guard !overflow, begin <= end, end - begin == byteCount else {
        throw malformed("has another length than its shape and type")
      }
      guard begin == position else { throw malformed("does not follow the one before it") }
      guard end <= file.size - dataOffset else {
        throw .truncated(path: file.path, part: "tensor '\(name)'")
      }
      position = end
      entries[name] = Entry(
        type: type, shape: tensor.shape, offset: dataOffset + begin, count: count)
    }
    guard position == file.size - dataOffset else {
      throw .malformed(path: file.path, problem: "it is longer than its tensors")
    }
    return entries
  }
}

/// Number of values of a shape from a file, or nothing if a size is negative or they overflow.
func elementCount(_ shape: [Int]) -> Int? {
  var count = 1
  for size in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: size)
    guard size >= 0, !overflow else { return nil }
    count = product
  }
  return count
}

/// The header as JSON has it; the only thing `JSONDecoder` sees.
private struct RawHeader: Decodable {
  struct Tensor: Decodable {
    let type: String
    let shape: [Int]
    /// Begin and end in bytes, both checked to be there and not negative.
    let range: [Int]

    enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case shape
      case range = "data_offsets"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      type = try container.decode(String.self, forKey: .type)
      shape = try container.decode([Int].self, forKey: .shape)
      range = try container.decode([Int].self, forKey: .range)
      guard range.count == 2, range[0] >= 0, range[1] >= 0 else {
        throw DecodingError.dataCorruptedError(
          forKey: .range, in: container, debugDescription: "expected two offsets")
      }
    }
  }

  struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var tensors: [String: Tensor] = [:]
  var metadata: [String: String] = [:]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for name in container.allKeys {
      if name.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: name)
      } else {
        tensors[name.stringValue] = try container.decode(Tensor.self, forKey: name)
      }
    }
  }
}
