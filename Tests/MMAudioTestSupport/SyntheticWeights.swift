import Foundation
import MMAudio
import MMAudioKernels
import Synchronization

/// The tiny synthetic checkpoints behind the parity goldens, made without PyTorch.
///
/// A port of the parity kit's `synth.py`: a value is a pure function of its tensor's stored name,
/// its index and a seed. Names and shapes come from `Fixtures/specs`, one file per published one:
/// `constant = values…`, then `name shape`, followed by a constant's name or `ignored`.
public enum SyntheticWeights {
  /// A folder of converted tiny models, made once per test process with the goldens' seed.
  public static func sharedModels() throws -> URL { try shared.get() }

  private static let shared: Result<URL, any Error> = Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("mmaudio-tiny-\(ProcessInfo.processInfo.processIdentifier)")
    sharedPath.withLock { $0 = folder.path }
    atexit { try? FileManager.default.removeItem(atPath: sharedPath.withLock { $0 }) }
    try makeModels(in: folder, seed: 1)
    return folder
  }

  private static let sharedPath = Mutex("")

  /// Makes and converts every tiny network into `folder`.
  private static func makeModels(in folder: URL, seed: UInt64) throws {
    let published = folder.appendingPathComponent("published")
    try FileManager.default.createDirectory(at: published, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: published) }
    for spec in try Spec.all() {
      try write(try spec.tensors(seed: seed), to: spec.url(in: published))
    }
    try CheckpointConverter(into: folder).convert([published])
  }

  /// Writes tensors as a safetensors file under their names.
  public static func write(_ tensors: [(name: String, tensor: Tensor)], to url: URL) throws {
    var writer = try SafetensorsWriter(
      url, entries: tensors.map { .init(name: $0.name, shape: $0.tensor.shape, type: .f32) })
    for (name, tensor) in tensors { try writer.write(tensor, of: name) }
    try writer.finish()
  }

  /// `synth.py`'s `tensor(name, shape, seed)`.
  public static func tensor(_ name: String, _ shape: [Int], seed: UInt64) -> Tensor {
    let (offset, amplitude) = rule(name, shape)
    let count = shape.reduce(1, *)
    // `while` and masking operators: in a debug build everything else here is a function call.
    return Tensor(shape) { memory in
      var counter = fnv1a(name) ^ (seed &* 0x9E37_79B9_7F4A_7C15)
      var index = 0
      while index < count {
        counter = counter &+ 0x9E37_79B9_7F4A_7C15
        var bits = (counter ^ (counter &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits &>> 27)) &* 0x94D0_49BB_1331_11EB
        bits = (bits ^ (bits &>> 31)) &>> 40
        let uniform = Float(Int32(truncatingIfNeeded: bits)) * (2 / 16_777_216) - 1
        memory[index] = offset + amplitude * uniform
        index = index &+ 1
      }
    }
  }

  private static func fnv1a(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// Offset and amplitude of a synthetic tensor, from its name and shape.
  private static func rule(_ name: String, _ shape: [Int]) -> (Float, Float) {
    let leaf = name.split(separator: ".").last.map(String.init) ?? name
    switch leaf {
    case "latent_std": return (1, 0.2)
    case "latent_mean": return (0, 0.3)
    case "alpha", "beta": return (0, 0.3)
    case "learnable_gain": return (0.1, 0)
    case "logit_scale": return (4.6, 0)
    case "weight_g", "original0":
      if name.hasPrefix("conv_post") { return (0.5, 0.1) }
      return name.hasPrefix("resblocks") ? (0.4, 0.1) : (0.8, 0.2)
    case "bias", "in_proj_bias": return (0, name.hasPrefix("conv_post") ? 0.01 : 0.05)
    case _ where shape.count <= 1: return (1, 0.1)
    case "weight_v", "original1": return (0, 1)
    case "class_embedding", "cls_token", "sync_pos_emb", "empty_clip_feat", "empty_sync_feat",
      "empty_string_feat", "positional_embedding":
      return (0, 0.1)
    default: break
    }
    if name.contains("embed"), !name.contains("proj"), !name.contains("t_embed") {
      return (0, 0.1)
    }
    let fanIn = Double(shape.dropFirst().reduce(1, *))
    var gain = name.contains("adaLN") ? 0.5 : 1
    if name.contains("text_input_proj") || name.contains("clip_input_proj") { gain = 3 }
    return (0, Float(gain * (3 / fanIn).squareRoot()))
  }

  /// Names and shapes of one published file.
  public struct Spec {
    /// Name of the published file.
    public let file: String
    private var constants: [Substring: [Float]] = [:]
    private var lines: [(name: String, shape: [Int], note: Substring?)] = []

    /// The specs of all published files.
    public static func all() throws -> [Spec] {
      let folder = try sharedFixtures().appendingPathComponent("specs")
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        .filter { $0.hasSuffix(".txt") }
        .map { try Spec(file: String($0.dropLast(4))) }
    }

    /// Reads the spec of one published file.
    public init(file: String) throws {
      self.file = file
      let url = try sharedFixtures().appendingPathComponent("specs/\(file).txt")
      for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
        let fields = line.split(separator: " ")
        if fields[1] == "=" {
          constants[fields[0]] = fields.dropFirst(2).compactMap { Float($0) }
        } else {
          let shape = fields[1] == "-" ? [] : fields[1].split(separator: "x").compactMap { Int($0) }
          lines.append((String(fields[0]), shape, fields.count > 2 ? fields[2] : nil))
        }
      }
    }

    /// Where to put the file as safetensors, with the published stem.
    public func url(in folder: URL) -> URL {
      folder.appendingPathComponent((file as NSString).deletingPathExtension + ".safetensors")
    }

    /// All tensors with their values.
    public func tensors(seed: UInt64) throws -> [(name: String, tensor: Tensor)] {
      lines.map { name, shape, note in
        if let note, let values = constants[note] { return (name, Tensor(shape, values)) }
        if note == "ignored" { return (name, Tensor.zeros(shape)) }
        return (name, SyntheticWeights.tensor(name, shape, seed: seed))
      }
    }
  }
}
