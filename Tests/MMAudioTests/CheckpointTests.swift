import Foundation
import MMAudioKernels
import MMAudioTestSupport
import Testing

@testable import MMAudio

/// Fixtures were written by PyTorch 2.13 (`Fixtures/checkpoints/make_fixtures.py`).
@Suite struct CheckpointTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func fixture(_ name: String) throws -> URL {
    try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures")
      .appendingPathComponent("checkpoints/\(name)")
  }

  /// Shapes and values of all tensors of the first state dict.
  private func read(_ url: URL) throws -> [String: ([Int], [Float])] {
    let checkpoint = try Checkpoint(url)
    var result: [String: ([Int], [Float])] = [:]
    for tensor in checkpoint.stateDictionaries.first ?? [] {
      result[tensor.name] = (tensor.shape, try tensor.values(from: checkpoint.file))
    }
    return result
  }

  @Test("every type that PyTorch stores reads back")
  func types() throws {
    let tensors = try read(try fixture("views.pth"))
    for name in ["f64", "f32", "f16", "bf16"] {
      #expect(tensors[name]?.0 == [2, 3], "\(name)")
      #expect(tensors[name]?.1 == [0, 1, -2, 0.5, 3, -100], "\(name)")
    }
    for name in ["i64", "i32", "i16", "i8"] {
      #expect(tensors[name]?.1 == [0, 1, -2, 4, 3, -100], "\(name)")
    }
    #expect(tensors["u8"]?.1 == [0, 1, 2, 4, 3, 200])
    #expect(tensors["bool"]?.1 == [0, 1, 1, 0, 0, 1])
    #expect(tensors["scalar"]?.0 == [])
    #expect(tensors["scalar"]?.1 == [2.5])
    #expect(tensors["empty"]?.0 == [0, 3])
    #expect(tensors["empty"]?.1 == [])
    #expect(tensors["parameter"]?.1 == [1, 2])
  }

  @Test("views of a shared storage read right: transposed, cut, stepped, expanded")
  func views() throws {
    let tensors = try read(try fixture("views.pth"))
    #expect(tensors["shared"]?.1 == (0..<12).map { Float($0) })
    let transposed: [Float] = [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]
    #expect(tensors["transposed"]?.0 == [4, 3])
    #expect(tensors["transposed"]?.1 == transposed)
    #expect(tensors["half_transposed"]?.1 == transposed)
    #expect(tensors["column"]?.1 == [1, 5, 9])
    #expect(tensors["rows"]?.1 == (4..<12).map { Float($0) })
    #expect(tensors["steps"]?.1 == [1, 4, 7, 10])
    #expect(tensors["expanded"]?.1 == [7, 7, 7, 8, 8, 8])
  }

  @Test("a view reads the same in pieces as in one")
  func pieces() throws {
    let checkpoint = try Checkpoint(try fixture("views.pth"))
    let tensor = try #require(
      checkpoint.stateDictionaries[0].first { $0.name == "half_transposed" })
    let whole = try tensor.values(from: checkpoint.file)
    for start in 0..<12 {
      for end in start...12 {
        #expect(try tensor.values(start..<end, from: checkpoint.file) == Array(whole[start..<end]))
      }
    }
  }

  @Test("state dicts are found below other keys; what is no tensor is skipped")
  func nesting() throws {
    let checkpoint = try Checkpoint(try fixture("views.pth"))
    #expect(checkpoint.stateDictionaries.count == 2)
    #expect(checkpoint.stateDictionaries[0].count == 20)
    #expect(checkpoint.stateDictionaries[1].map(\.name) == ["exp_avg"])
    #expect(try read(try fixture("protocol4.pth"))["a"]?.1 == [0, 1, 2])
  }

  @Test("a training checkpoint: the network, the optimizer's state and the EMA copy")
  func training() throws {
    let names = try Checkpoint(try fixture("training.pth")).stateDictionaries.map { $0.map(\.name) }
    #expect(names.first == ["weight", "bias"])
    #expect(
      names.contains(["step", "ema_models.0.ema_model.weight", "ema_models.0.ema_model.bias"]))
    #expect(names.contains(["step", "exp_avg", "exp_avg_sq"]))
  }

  @Test("a pickle that calls os.system is refused by name")
  func forbidden() throws {
    let url = try fixture("os_system.pth")
    #expect(throws: WeightError.forbiddenGlobal(path: url.path, name: "posix.system")) {
      try Checkpoint(url)
    }
  }

  @Test("files in other formats are told apart")
  func formats() throws {
    let legacy = try fixture("legacy.pth")
    #expect(throws: WeightError.legacyCheckpoint(path: legacy.path)) { try Checkpoint(legacy) }
    let page = try scratch.write(Array("<!DOCTYPE html><title>404</title>".utf8), to: "x.pth")
    #expect(throws: WeightError.notACheckpoint(path: page.path)) { try Checkpoint(page) }
    let empty = try scratch.write([], to: "empty.pth")
    #expect(throws: WeightError.notACheckpoint(path: empty.path)) { try Checkpoint(empty) }
    let none = scratch.file("none.pth")
    #expect(throws: WeightError.fileMissing(path: none.path)) { try Checkpoint(none) }
  }

  @Test("a file cut anywhere is refused")
  func truncation() throws {
    let url = scratch.file("cut.pth")
    try FileManager.default.copyItem(at: try fixture("views.pth"), to: url)
    try scratch.cutting(url) { count in
      #expect(throws: WeightError.self, "cut to \(count)") { try read(url) }
    }
  }

  @Test("no flipped or overwritten byte crashes", arguments: ["views.pth", "protocol4.pth"])
  func mutations(name: String) throws {
    let url = scratch.file(name)
    try FileManager.default.copyItem(at: try fixture(name), to: url)
    // PyTorch pads storages with Z; changing those changes nothing.
    let values = { (position: Int, byte: UInt8) in
      byte == UInt8(ascii: "Z") ? [] : [position % 2 == 0 ? byte ^ 1 << UInt8(position % 7) : 0xFF]
    }
    try scratch.replacingBytes(of: url, by: values) {
      do { _ = try read(url) } catch is WeightError {}
    }
  }
}

@Suite struct PickleReaderTests {
  private func read(_ parts: [Any]) throws -> Pickle {
    var bytes: [UInt8] = [0x80, 2]
    for part in parts {
      switch part {
      case let text as String: bytes += text.utf8
      case let byte as Int: bytes.append(UInt8(truncatingIfNeeded: byte))
      default: Issue.record("not a byte: \(part)")
      }
    }
    return try PickleReader.read(bytes, path: "x")
  }

  @Test(
    "globals outside the short list are refused by name, however they are spelled",
    arguments: [
      "os.system", "builtins.eval", "torch.load", "collections.OrderedDict.x", "torch._utils.x",
      "numpy.core.multiarray._reconstruct",
    ])
  func globals(name: String) {
    let module = name.split(separator: ".").dropLast().joined(separator: ".")
    let leaf = name.split(separator: ".").last.map(String.init) ?? ""
    let expected = WeightError.forbiddenGlobal(path: "x", name: name)
    #expect(throws: expected) { try read(["c\(module)\n\(leaf)\n", "."]) }
    #expect(throws: expected) {
      try read([0x8C, module.utf8.count, module, 0x8C, leaf.utf8.count, leaf, 0x93, "."])
    }
  }

  @Test(
    "opcodes without what they need are refused",
    arguments: [
      "", ".", "N", "a.", "]a.", "]N", "Na.", "}s.", "}Ns.", "}NNu.", "(", "(.", "t.", "u.", "0.",
      "1.", "2.", "R.", ")R.", "N)R.", "Nb.", "}b.", "Q.", ")Q.", "NQ.", "h\u{1}.", "q\u{1}.",
      "j\u{1}\u{0}\u{0}\u{0}.", "X\u{7f}\u{7f}\u{7f}\u{7f}x.", "ccollections\nOrderedDict\nN\u{1}",
      "ccollections\nOrderedDict\n(]tR.", "ctorch\nFloatStorage\n)R.", "ctorch\nSize\n)R.",
      "ctorch._utils\n_rebuild_tensor_v2\n)R.", "ctorch._utils\n_rebuild_parameter\n)R.",
      "ccollections\nOrderedDict", "I1\n.", "\u{0}.", "(N0.", "}(Nu.",
    ])
  func malformed(code: String) {
    #expect(throws: WeightError.self) { try read([code]) }
  }

  @Test("numbers of every width keep their value and sign")
  func numbers() throws {
    let pickle = try read([
      "(", "K", 200, "M", 0x10, 0x27, "J", 0xFE, 0xFF, 0xFF, 0xFF, 0x8A, 0, 0x8A, 1, 0xFF,
      0x8A, 8, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1, "t.",
    ])
    var found: [Int] = []
    for value in pickle.tuples[0] {
      if case .integer(let integer) = value { found.append(integer) }
    }
    #expect(found == [200, 10_000, -2, 0, -1, Int.min])
    #expect(pickle.tuples[0].count == 7)
  }

  @Test("a list that holds itself, and deep nesting, are harmless")
  func cycles() throws {
    _ = try read(["]", "q", 1, "h", 1, "a", "."])
    _ = try read([
      String(repeating: "(", count: 50_000), String(repeating: "t", count: 50_000), ".",
    ])
    _ = try read([
      String(repeating: "]", count: 50_000), String(repeating: "a", count: 49_999), ".",
    ])
  }
}
