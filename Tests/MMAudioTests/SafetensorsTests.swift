import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

@Suite struct SafetensorsTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// A file with any header, as other tools or attackers write it.
  private func file(_ header: String, data: [UInt8] = []) throws -> URL {
    let length = UInt64(header.utf8.count)
    return try scratch.write(
      (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) } + header.utf8 + data,
      to: "x.safetensors")
  }

  @Test("what is written reads back, with names that need escapes")
  func roundTrip() throws {
    let url = scratch.file("a.safetensors")
    let odd = Tensor([3], [1, 2, 3])
    let even = Tensor([2, 16], (0..<32).map { Float($0) / 3 })
    var writer = try SafetensorsWriter(
      url,
      entries: [
        .init(name: "odd", shape: [3], type: .f32),
        .init(name: "e\"\\\n", shape: [2, 16], type: .f32),
        .init(name: "half", shape: [3], type: .f16), .init(name: "bf", shape: [3], type: .bf16),
        .init(name: "ids", shape: [2], type: .i32),
        .init(name: "pixels", shape: [1, 3], type: .u8),
        .init(name: "scalar", shape: [], type: .f32),
        .init(name: "empty", shape: [0, 4], type: .f32),
      ], metadata: ["seed": "1", "digest": "????", "quote": "a \"b\" \u{1}"])
    try writer.write(odd, of: "odd")
    try even.withValues { values throws in
      // Out of order, in two pieces.
      try writer.write(UnsafeBufferPointer(start: values + 20, count: 12), of: "e\"\\\n", from: 20)
      try writer.write(UnsafeBufferPointer(start: values, count: 20), of: "e\"\\\n")
    }
    try writer.write(odd, of: "half")
    try writer.write(odd, of: "bf")
    try [Int32(7), -9].withUnsafeBytes { try writer.writeBytes($0, of: "ids") }
    try [UInt8(1), 2, 255].withUnsafeBytes { try writer.writeBytes($0, of: "pixels") }
    try writer.write(Tensor([], [2.5]), of: "scalar")
    try writer.write(Tensor.zeros([0, 4]), of: "empty")
    #expect(!FileManager.default.fileExists(atPath: url.path))
    try writer.finish(replacing: ["digest": "abcd"])

    let file = try SafetensorsFile(url)
    #expect(file.metadata == ["seed": "1", "digest": "abcd", "quote": "a \"b\" \u{1}"])
    #expect(file.names == ["bf", "e\"\\\n", "empty", "half", "ids", "odd", "pixels", "scalar"])
    #expect(try file.tensor("e\"\\\n").values == even.values)
    #expect(try file.tensor("e\"\\\n").shape == [2, 16])
    for name in ["odd", "half", "bf"] { #expect(try file.tensor(name).values == [1, 2, 3]) }
    #expect(try file.integers(of: "ids") == [7, -9])
    #expect(try file.bytes(of: "pixels") == [1, 2, 255])
    #expect(try file.integers(of: "pixels") == [1, 2, 255])
    #expect(try file.tensor("scalar").shape == [])
    #expect(try file.tensor("scalar").values == [2.5])
    #expect(try file.tensor("empty").values == [])
    #expect(try file.shape(of: "pixels") == [1, 3])
    #expect(try file.elementType(of: "bf") == .bf16)
    #expect(throws: WeightError.missing(path: url.path, tensor: "none")) {
      try file.tensor("none")
    }
    #expect(
      throws: WeightError.unsupportedElementType(path: url.path, tensor: "odd", type: "F32")
    ) { try file.bytes(of: "odd") }
    #expect(throws: WeightError.self) { try file.integers(of: "half") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).count == 1)
  }

  @Test("aligned float32 is used where it lies, and outlives the file object")
  func borrowed() throws {
    let url = scratch.file("a.safetensors")
    try SyntheticWeights.write([("x", Tensor([4], [1, 2, 3, 4]))], to: url)
    let tensor = try SafetensorsFile(url).tensor("x")
    #expect(tensor.values == [1, 2, 3, 4])
    tensor.withValues { #expect(UInt(bitPattern: $0) % 64 == 0) }
  }

  @Test("unaligned tensors from other tools are read")
  func unaligned() throws {
    let url = try file(
      #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
        + #""f":{"dtype":"F32","shape":[2],"data_offsets":[1,9]},"#
        + #""i":{"dtype":"I64","shape":[1],"data_offsets":[9,17]}}"#,
      data: [9] + [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0] + [0xFE] + [UInt8](repeating: 0xFF, count: 7))
    let file = try SafetensorsFile(url)
    #expect(try file.tensor("f").values == [1, -2])
    #expect(try file.integers(of: "i") == [-2])
  }

  @Test(
    "headers that lie are refused",
    arguments: [
      "{", "[]", "null", "{}x", #"{"a":1}"#, #"{"a":{"dtype":"F32","shape":[1]}}"#,
      #"{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      #"{"__metadata__":{"x":1}}"#, "{}",
    ])
  func hostileHeaders(header: String) throws {
    let url = try file(header, data: [0, 0, 0, 0, 0, 0, 0, 0])
    #expect(throws: WeightError.self) { try SafetensorsFile(url) }
  }

  @Test("files that are too short or claim endless headers are refused")
  func shortFiles() throws {
    for count in 0..<8 {
      let url = try scratch.write([UInt8](repeating: 1, count: count), to: "short")
      #expect(throws: WeightError.truncated(path: url.path, part: "its header")) {
        try SafetensorsFile(url)
      }
    }
    let url = try scratch.write([UInt8](repeating: 0xFF, count: 64), to: "endless")
    #expect(throws: WeightError.self) { try SafetensorsFile(url) }
    let deep = try file(String(repeating: "[", count: 100_000), data: [0])
    #expect(throws: WeightError.self) { try SafetensorsFile(deep) }
    #expect(throws: WeightError.fileMissing(path: scratch.file("none").path)) {
      try SafetensorsFile(scratch.file("none"))
    }
    #expect(throws: WeightError.self) { try SafetensorsFile(scratch.url) }
  }

  @Test("no truncation or bit flip crashes, and truncation is always noticed")
  func mutations() throws {
    let original = scratch.file("a.safetensors")
    try SyntheticWeights.write(
      [("x", Tensor([2, 2], [1, 2, 3, 4])), ("y.z", Tensor([3], [1, 2, 3]))], to: original)
    try scratch.replacingBytes(
      of: original, by: { _, byte in (0..<8).map { byte ^ 1 << UInt8($0) } }
    ) {
      do { try readAll(original) } catch is WeightError {}
    }
    try scratch.cutting(original) { count in
      #expect(throws: WeightError.self, "cut to \(count)") { try readAll(original) }
    }
  }

  private func readAll(_ url: URL) throws {
    let file = try SafetensorsFile(url)
    for name in file.names { _ = try file.tensor(name).values }
  }

  @Test("an unwritable place is named, and a value too large for half precision is refused")
  func writeErrors() throws {
    let nowhere = scratch.file("no/such/folder.safetensors")
    #expect(
      throws: WeightError.output(
        .missingFolder(path: nowhere.path, folder: scratch.file("no/such").path))
    ) { try SyntheticWeights.write([], to: nowhere) }
    let url = scratch.file("half.safetensors")
    #expect(throws: WeightError.overflow(path: url.path, tensor: "x", type: "F16")) {
      var writer = try SafetensorsWriter(
        url, entries: [.init(name: "x", shape: [2], type: .f16)])
      try writer.write(Tensor([2], [1, 70_000]), of: "x")
      try writer.finish()
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == [])
  }
}
