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
    for tensor in checkpoint.stateDictionaries.first?.tensors ?? [] {
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
      checkpoint.stateDictionaries[0].tensors.first { $0.name == "half_transposed" })
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
    #expect(checkpoint.stateDictionaries[0].tensors.count == 20)
    #expect(checkpoint.stateDictionaries[0].key == "state_dict")
    #expect(checkpoint.stateDictionaries[1].tensors.map(\.name) == ["exp_avg"])
    #expect(checkpoint.stateDictionaries[1].key == "optimizer.state.0")
    #expect(try read(try fixture("protocol4.pth"))["a"]?.1 == [0, 1, 2])
  }

  @Test("a training checkpoint: the network, the optimizer's state and the EMA copy")
  func training() throws {
    let names = try Checkpoint(try fixture("training.pth")).stateDictionaries.map {
      $0.tensors.map(\.name)
    }
    #expect(names.first == ["weight", "bias"])
    #expect(
      names.contains(["step", "ema_models.0.ema_model.weight", "ema_models.0.ema_model.bias"]))
    #expect(names.contains(["step", "exp_avg", "exp_avg_sq"]))
  }

  @Test(
    "what a training run saves beside its state dict is skipped, in every protocol",
    arguments: 2...5)
  func foreign(protocol version: Int) throws {
    let checkpoint = try Checkpoint(try fixture("foreign\(version).pth"))
    let state = try #require(checkpoint.stateDictionaries.first { $0.key == "model" })
    #expect(state.tensors.map(\.name) == ["a", "b"])
    #expect(try state.tensors[0].values(from: checkpoint.file) == [0, 1, 2])
    #expect(try state.tensors[1].values(from: checkpoint.file) == [4, 5])
    #expect(state.objects["half"] == "torch.float8_e4m3fn")
    #expect(state.objects["wave"] == "torch.ComplexFloatStorage")
    #expect(state.objects["table"]?.hasPrefix("numpy.") == true)
    let root = try #require(checkpoint.stateDictionaries.first { $0.key.isEmpty })
    #expect(root.tensors.map(\.name) == ["rng"])
    #expect(root.objects["args"] == "argparse.Namespace")
    #expect(root.objects["started"] == "datetime.datetime")
  }

  @Test("a model that was pickled whole is named, with its key")
  func models() throws {
    let model = try Checkpoint(try fixture("model.pth"))
    #expect(model.object?.key == "net")
    let bare = try Checkpoint(try fixture("bare_model.pth"))
    #expect(bare.object?.key == "" && bare.object?.name == "torch.nn.modules.linear.Linear")
    let url = try fixture("bare_model.pth")
    #expect(
      throws: WeightError.pickledObject(
        path: url.path, key: "", name: "torch.nn.modules.linear.Linear")
    ) { try ConversionPlan(url, variant: nil) }
  }

  @Test(
    "parts of a checkpoint in several files are told by their names",
    arguments: [
      ("model-00001-of-00003.safetensors", Shard.part(1, of: 3)),
      ("pytorch_model-00002-of-00002.bin", .part(2, of: 2)),
      ("model.safetensors.index.json", .index),
    ])
  func shards(name: String, shard: Shard) throws {
    let url = try scratch.write(Array("{}".utf8), to: name)
    #expect(throws: WeightError.shard(path: url.path, shard)) { try Checkpoint(url) }
    for other in ["model-00001-of-00001.safetensors", "a-1-of-x.pth", "take-2-of-3"] {
      #expect(Shard(name: other) == nil)
    }
  }

  @Test(
    "programs are named for what they are",
    arguments: [("script.pt", "TorchScript"), ("exported.pt2", "torch.export")])
  func programs(name: String, format: String) throws {
    let url = try fixture(name)
    #expect(throws: WeightError.program(path: url.path, format: format)) { try Checkpoint(url) }
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

  @Test(
    "no flipped or overwritten byte crashes",
    arguments: ["views.pth", "protocol4.pth", "foreign5.pth", "script.pt"])
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
    "functions that run commands are refused by name, however they are spelled",
    arguments: [
      "os.system", "posix.execve", "nt.startfile", "builtins.eval", "__builtin__.exec",
      "builtins.__import__", "subprocess.Popen", "runpy.run_path", "pty.spawn", "code.interact",
    ])
  func hostile(name: String) {
    let expected = WeightError.forbiddenGlobal(path: "x", name: name)
    #expect(throws: expected) { try global(name, then: ".") }
  }

  @Test(
    "every other global is a name, which calls, states and items leave as it is",
    arguments: [
      "torch.load", "collections.OrderedDict.x", "numpy._core.multiarray.scalar", "my.Model",
      "builtins.set", "os.stat_result",
    ])
  func globals(name: String) throws {
    for code in [
      ".", ")R.", ")\u{81}.", ")}\u{92}.", ")R}b.", ")RNa.", ")R(NNu.", ")R(N\u{90}.", ")R)R.",
    ] {
      for pickle in try global(name, then: code) {
        guard case .object(let index) = pickle.root else {
          Issue.record("\(code): \(pickle.root)")
          continue
        }
        #expect(pickle.objects[index].name == name)
      }
    }
  }

  /// What follows a global that is named by GLOBAL and by STACK_GLOBAL.
  private func global(_ name: String, then code: String) throws -> [Pickle] {
    let module = name.split(separator: ".").dropLast().joined(separator: ".")
    let leaf = name.split(separator: ".").last.map(String.init) ?? ""
    // One byte a scalar, also above 0x7F.
    let bytes = code.unicodeScalars.map { Int($0.value) }
    return [
      try read(["c\(module)\n\(leaf)\n"] + bytes),
      try read([0x8C, module.utf8.count, module, 0x8C, leaf.utf8.count, leaf, 0x93] + bytes),
    ]
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
      "ca\nb\nR.", "ca\nb\nNR.", "ca\nb\n(Nu.", "ca\nb\nb.", "K\u{1})R.", "K\u{1}Nb.",
      "ctorch._utils\n_rebuild_tensor_v3\n)R.", "ctorch._tensor\n_rebuild_from_type_v2\n)R.",
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

  @Test("opcodes of protocol 4 and 5 without what they need, and bytes out of the file")
  func malformedBytes() {
    for code in [[0x8F], [0x90, 0x2E], [0x91, 0x2E], [0x92, 0x2E], [0x93, 0x2E], [0x94, 0x2E]] {
      #expect(throws: WeightError.self) { try read(code) }
    }
    for opcode in [0x97, 0x98, 0x82] {
      let expected = WeightError.malformed(
        path: "x", problem: "in its pickle, it uses the opcode \(opcode)")
      #expect(throws: expected) { try read([opcode, 0x2E]) }
    }
    let huge = [0x96] + [Int](repeating: 0xFF, count: 8) + [0x2E]
    #expect(throws: WeightError.self) { try read(huge) }
    #expect(throws: WeightError.self) { try PickleReader.read([0x80, 6, 0x4E, 0x2E], path: "x") }
  }

  @Test("an object that holds itself is searched once")
  func cyclicObject() throws {
    let pickle = try read(["ca\nb\n)R", "q", 1, "h", 1, "b", "."])
    var seen: Set<PickleValue> = []
    #expect(!pickle.holdsTensor([pickle.root], seen: &seen))
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
