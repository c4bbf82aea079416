/// Which of several copies of a network in one file is used.
struct NetworkChoice: Equatable {
  /// Key or prefix of the copy that is used.
  let used: String
  /// Whether it is an average of the weights over training (EMA).
  let isAverage: Bool
  /// Keys or prefixes of the others.
  let others: [String]

  /// The choice in words.
  var note: String {
    let names = others.prefix(3).map { "'\($0.visible)'" }.joined(separator: ", ")
    return "\(isAverage ? "the EMA " : "")'\(used.visible)' is used, not \(names)"
      + (others.count > 3 ? ", …" : "")
  }
}

/// The copies of one network in a checkpoint: as it was trained, and averaged over training (EMA).
///
/// Each is the whole of a state dict or what training wraps it in, such as `ema_model.`. The parallel
/// and compiled modules of PyTorch add `module.` and `_orig_mod.` to names, which are left out.
struct NetworkCopies {
  /// The tensors to use.
  let table: TensorTable
  /// Where there was more than one copy.
  let choice: NetworkChoice?

  /// The copies of the network that has a tensor `marker`.
  ///
  /// Nil if there is none, or no telling which of several is meant.
  ///
  /// - Parameters:
  ///   - checkpoint: the file
  ///   - marker: a tensor that no other network has
  ///   - isKnown: whether a name may stand around the network
  /// - Throws: `.truncated` or `.unreadable`
  init?(
    in checkpoint: Checkpoint, of marker: String, wrappers isKnown: (Substring) -> Bool
  ) throws(WeightError) {
    var copies: [NetworkCopy] = []
    for dictionary in checkpoint.stateDictionaries {
      copies += try NetworkCopy.all(in: dictionary, checkpoint.file, of: marker, isKnown)
    }
    let averages = copies.filter { $0.state == .average }
    let trained = copies.filter { $0.state == .trained }
    guard let used = averages.first ?? trained.first ?? copies.first else { return nil }
    // Averages of parameters leave out what is not trained.
    let rest = used.state == .average ? trained.first?.table : nil
    table = rest.map { used.table.completed(by: $0) } ?? used.table
    choice =
      copies.count == 1
      ? nil
      : NetworkChoice(
        used: used.key, isAverage: used.state == .average,
        others: copies.map(\.key).filter { $0 != used.key })
  }

  /// Whether a name such as `ema`, `model_ema` or `ema_models` stands for an average.
  static func isAverage(_ word: Substring) -> Bool {
    word.lowercased().split { !$0.isLetter }.contains { $0.hasPrefix("ema") || $0.hasSuffix("ema") }
  }
}

private struct NetworkCopy {
  enum State {
    case trained
    case average
    /// Kept from the start of training, before there was anything to average.
    case averageNotBegun
  }

  let key: String
  let table: TensorTable
  let state: State

  private static let copyLimit = 64
  private static let transparent: Set<Substring> = ["module", "_orig_mod"]

  static func all(
    in dictionary: StateDictionary, _ file: InputFile, of marker: String,
    _ isKnown: (Substring) -> Bool
  ) throws(WeightError) -> [NetworkCopy] {
    let marker = marker.split(separator: ".")
    var prefixes: [String] = []
    for name in dictionary.tensors.map(\.name) + dictionary.objects.keys.sorted() {
      let words = components(name)
      guard let count = prefixLength(words, marker), words[..<count].allSatisfy(isKnown) else {
        continue
      }
      prefixes.append(words[..<count].map { $0 + "." }.joined())
    }
    // Each costs a look at all tensors, and no training keeps so many.
    guard prefixes.count <= copyLimit else { return [] }
    var copies: [NetworkCopy] = []
    for prefix in prefixes {
      let nested = prefixes.filter { $0.count > prefix.count && $0.hasPrefix(prefix) }
      let name = { (name: String) -> String? in
        guard name.hasPrefix(prefix), !nested.contains(where: name.hasPrefix) else { return nil }
        return components(String(name.dropFirst(prefix.count))).filter { !transparent.contains($0) }
          .joined(separator: ".")
      }
      let words = components(dictionary.key + "." + prefix)
        .filter { !$0.isEmpty && !transparent.contains($0) }
      copies.append(
        NetworkCopy(
          key: words.isEmpty ? "the plain weights" : words.joined(separator: "."),
          table: TensorTable(dictionary, path: file.path, renaming: name),
          state: !words.contains(where: NetworkCopies.isAverage)
            ? .trained
            : try hasBegun(prefix, dictionary, file) ? .average : .averageNotBegun))
    }
    return unambiguous(copies, prefixes)
  }

  /// Leaves out trained copies beside each other, of which none is plain: they may be anything.
  private static func unambiguous(_ copies: [NetworkCopy], _ prefixes: [String]) -> [NetworkCopy] {
    let trained = zip(copies, prefixes).filter { $0.0.state == .trained }
    guard trained.count > 1, !trained.contains(where: { $0.1.isEmpty }) else { return copies }
    return copies.filter { $0.state != .trained }
  }

  /// How many of `words` stand before those of `marker`, which others may interrupt that mean nothing.
  private static func prefixLength(_ words: [Substring], _ marker: [Substring]) -> Int? {
    var wanted = marker[...]
    var count = words.count
    while let last = wanted.last {
      guard count > 0 else { return nil }
      count -= 1
      if words[count] == last {
        wanted.removeLast()
      } else if !transparent.contains(words[count]) {
        return nil
      }
    }
    return count
  }

  private static func components(_ name: String) -> [Substring] {
    name.split(separator: ".", omittingEmptySubsequences: false)
  }

  /// What `ema_pytorch` and its kin say in the tensor `initted` beside their copy.
  private static func hasBegun(
    _ prefix: String, _ dictionary: StateDictionary, _ file: InputFile
  ) throws(WeightError) -> Bool {
    var words = components(prefix).dropLast()
    while let last = words.last, transparent.contains(last) { words.removeLast() }
    let name = (words.dropLast() + ["initted"]).joined(separator: ".")
    guard let flag = dictionary.tensors.first(where: { $0.name == name }), flag.count == 1 else {
      return true
    }
    return try flag.values(from: file) != [0]
  }
}
