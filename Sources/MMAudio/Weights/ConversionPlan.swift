import Foundation

/// What becomes of one published file: checked completely before anything is written.
struct ConversionPlan {
  /// How the values of one converted tensor come about.
  enum Recipe {
    case copy(StoredTensor)
    case weightNorm(magnitude: StoredTensor, direction: StoredTensor)
    case magnitudePreserving(weight: StoredTensor, gain: StoredTensor?)
    case constant([Float])
  }

  /// One converted tensor.
  struct Product {
    let requirement: NetworkLayout.Requirement
    let recipe: Recipe
  }

  /// One converted file.
  struct Output {
    let file: ModelFile
    let products: [Product]
  }

  let source: URL
  let file: InputFile
  let outputs: [Output]
  /// What was used where the file has several copies of the network.
  let choice: NetworkChoice?

  /// Recognises the network in `source` by its tensors and checks every name and shape.
  ///
  /// - Parameters:
  ///   - source: a published file
  ///   - variant: what a flow network is called; by default its file name or its sizes say so
  /// - Throws: what `Checkpoint` throws, `.pickledObject`, `.unrecognizedNetwork`, `.variantNeeded`, `.wrongVariant`,
  ///   `.otherSize`, `.missing`, `.shape` or `.leftOver`.
  init(_ source: URL, variant: ModelVariant?) throws(WeightError) {
    let checkpoint = try Checkpoint(source)
    self.source = source
    file = checkpoint.file
    for kind in Self.kinds {
      let copies = try NetworkCopies(in: checkpoint, of: kind.marker) { word in
        kind.isFlow || Self.wrappers.contains(word) || Int(word) != nil
          || NetworkCopies.isAverage(word)
      }
      guard let copies else { continue }
      let layout = try kind.layout(copies.table, source, variant)
      outputs = try Self.products(layout, copies.table, file)
      choice = copies.choice
      return
    }
    if let object = checkpoint.object {
      throw .pickledObject(path: file.path, key: object.key, name: object.name)
    }
    throw .unrecognizedNetwork(
      path: file.path,
      tensors: checkpoint.stateDictionaries.first { !$0.tensors.isEmpty }?.tensors.map(\.name) ?? []
    )
  }

  /// A network that MMAudio uses, and the tensor that tells it from the others.
  private struct Kind {
    let marker: String
    var isFlow = false
    let layout: (TensorTable, URL, ModelVariant?) throws(WeightError) -> NetworkLayout
  }

  private static var kinds: [Kind] {
    [
      Kind(marker: FlowLayout.marker, isFlow: true) {
        (table, source, asked) throws(WeightError) in
        try FlowLayout.layout(table, try variant(table, source, asked: asked))
      },
      Kind(marker: VAELayout.marker) { (table, _, _) throws(WeightError) in
        try VAELayout.layout(table)
      },
      Kind(marker: VocoderLayout.marker) { (table, _, _) throws(WeightError) in
        try VocoderLayout.layout(table)
      },
      Kind(marker: SynchformerLayout.marker) { (table, _, _) throws(WeightError) in
        try SynchformerLayout.layout(table)
      },
      Kind(marker: CLIPLayout.marker) { (table, _, _) throws(WeightError) in
        try CLIPLayout.layout(table)
      },
    ]
  }

  /// What training puts around any network.
  ///
  /// Other names, such as `first_stage_model` in Stable Diffusion, say that the network is a part of
  /// another. Nothing else has a flow network, so any name may be around that.
  private static let wrappers: Set<Substring> = [
    "module", "_orig_mod", "model", "network", "net", "generator", "state_dict", "online_model",
  ]

  /// The variant asked for, or that in a name like `mmaudio_small_16k.pth`, or else the one that the sizes
  /// belong to.
  private static func variant(
    _ table: TensorTable, _ source: URL, asked: ModelVariant?
  ) throws(WeightError) -> ModelVariant {
    if let asked { return asked }
    let stem = source.deletingPathExtension().lastPathComponent
    if stem.hasPrefix("mmaudio_"),
      let variant = ModelVariant(named: String(stem.dropFirst("mmaudio_".count)))
    {
      return variant
    }
    let size = try FlowSize(table)
    let candidates = size.candidates
    guard !candidates.isEmpty else {
      let known = AudioRate.all.map { "\($0.latentChannels)" }.joined(separator: " or ")
      throw .otherSize(
        path: source.path, network: "flow network",
        problem: "its latents have \(size.latent) channels, expected \(known)")
    }
    guard candidates.count == 1 else { throw .variantNeeded(path: source.path, candidates) }
    return candidates[0]
  }

  /// Finds what each required tensor is made from, and makes sure that nothing is left over.
  private static func products(
    _ layout: NetworkLayout, _ table: TensorTable, _ file: InputFile
  ) throws(WeightError) -> [Output] {
    var finder = SourceFinder(table: table, file: file)
    var outputs: [Output] = []
    for output in layout.outputs {
      var products: [Product] = []
      for requirement in output.tensors {
        products.append(
          Product(requirement: requirement, recipe: try finder.recipe(requirement)))
      }
      outputs.append(Output(file: output.file, products: products))
    }
    let leftOver = table.names.filter { name in
      !finder.used.contains(name) && !layout.ignored.contains { name.hasPrefix($0) }
    }
    guard leftOver.isEmpty else {
      throw .leftOver(path: table.path, tensors: leftOver.sorted())
    }
    return outputs
  }
}

/// Finds the stored tensors behind required ones, and remembers which it found.
private struct SourceFinder {
  let table: TensorTable
  let file: InputFile
  private(set) var used: Set<String> = []

  init(table: TensorTable, file: InputFile) {
    self.table = table
    self.file = file
  }

  mutating func recipe(
    _ requirement: NetworkLayout.Requirement
  ) throws(WeightError) -> ConversionPlan.Recipe {
    let (name, shape) = (requirement.name, requirement.shape)
    switch requirement.folding {
    case .none: return .copy(try find(name, shape))
    case .weightNorm:
      for spelling in WeightNormSpelling.all where table[spelling.direction(of: name)] != nil {
        let ones = [Int](repeating: 1, count: shape.count - 1)
        return .weightNorm(
          magnitude: try find(spelling.magnitude(of: name), [shape[0]] + ones),
          direction: try find(spelling.direction(of: name), shape))
      }
      return .copy(try find(name, shape))
    case .magnitudePreserving(let gain):
      let weight = try find(name, shape)
      guard let gain else { return .magnitudePreserving(weight: weight, gain: nil) }
      return .magnitudePreserving(weight: weight, gain: try find(gain, []))
    case .commonFilter(let names): return .constant(try commonFilter(names))
    }
  }

  private mutating func find(_ name: String, _ shape: [Int]) throws(WeightError) -> StoredTensor {
    let tensor = try table.tensor(name)
    guard tensor.shape == shape else {
      throw .shape(path: table.path, tensor: name, expected: shape, found: tensor.shape)
    }
    used.insert(name)
    return tensor
  }

  private mutating func commonFilter(_ names: [String]) throws(WeightError) -> [Float] {
    let taps = AliasFreeFilter.taps.count
    var common: [Float]?
    for name in names {
      let filter = try find(name, [1, 1, taps]).values(from: file)
      let expected = common ?? filter
      guard zip(filter, expected).allSatisfy({ abs($0 - $1) <= AliasFreeFilter.tolerance }) else {
        throw .malformed(
          path: table.path, problem: "its filter '\(name)' differs from '\(names[0])'")
      }
      common = expected
    }
    return common ?? AliasFreeFilter.taps
  }
}
