import Foundation
import MMAudioMedia

extension WeightError: CustomStringConvertible {
  /// The error as one line.
  public var description: String {
    fileProblem ?? contentProblem ?? conversionProblem
  }

  private var fileProblem: String? {
    switch self {
    case .fileMissing(let path):
      "there is no file \(quoted(path)); check the path"
    case .modelFilesMissing(let folder, let files, let variant, let others):
      "\(quoted(folder)) lacks the \(files.networks); "
        + "run `mmaudio models pull \(variant.name) --models \(shellWord(folder))`"
        + (others.isEmpty ? "" : ", or pass --variant \(names(others)), which is there")
    case .notConverted(let folder, let published):
      "\(quoted(folder)) has published files that are not converted (\(sample(published))), expected "
        + "what `mmaudio convert` makes of them; run `mmaudio convert \(shellWord(folder)) -o "
        + "\(shellWord(folder))`"
    case .misnamed(let folder, let name, let file):
      "\(quoted(folder)) has the \(file.network) under the name \(quoted(name)), expected "
        + "'\(file.name)'; run `mv \(shellWord(folder + "/" + name)) "
        + "\(shellWord(folder + "/" + file.name))`"
    case .shippedFilesMissing(let folder, let files):
      "\(quoted(folder)) lacks the \(files.networks), which "
        + "\(files.count == 1 ? "ships" : "ship") with mmaudio; install mmaudio again, or leave "
        + "out --models if you passed it"
    case .wrongNetwork(let path, let found, let expected):
      "\(quoted(path)) holds \(plain(found)), expected the \(expected.network); run `mmaudio convert "
        + "\(expected.published) -o \(shellWord(parent(path))) --force`, and do not rename what it writes"
    case .publishedUnderModelName(let path, let found):
      "\(quoted(path)) holds the \(found.networks) as published, expected what `mmaudio convert` makes "
        + "of it; name it \(found.first?.published ?? "as it was") again and run `mmaudio convert "
        + "\(shellWord(parent(path))) -o \(shellWord(parent(path)))`"
    case .otherConverter(let path, let found):
      "\(quoted(path)) was written by the converter \(quoted(found)), expected "
        + "'\(CheckpointConverter.version)'; run `mmaudio convert` on the published file again"
    case .noMemory(let path, let byteCount):
      "there is not enough memory for the \((byteCount + 999_999) / 1_000_000) MB of \(quoted(path)); raise "
        + "the limit (`ulimit -v`), or end other programs"
    case .unreadable(let path, let reason):
      "cannot read \(quoted(path)): \(plain(reason)); check the file and its permissions"
    case .notACheckpoint(let path):
      "\(quoted(path)) is not a checkpoint: expected a PyTorch zip file or safetensors; "
        + "download it again"
    case .legacyCheckpoint(let path):
      "\(quoted(path)) is in PyTorch's format from before 1.6; load it in PyTorch and save it "
        + "again with torch.save"
    case .program(let path, let format):
      "\(quoted(path)) is a \(plain(format)) program, expected weights alone; load it in PyTorch and save "
        + "only its state dict: torch.save(model.state_dict(), 'weights.pth')"
    case .shard(let path, let shard):
      "\(quoted(path)) is \(shard.text), expected one file with all tensors; load all parts in Python and "
        + "save them as one"
    case .truncated(let path, let part):
      "\(quoted(path)) ends too early: \(plain(part)) is incomplete; download or convert it again"
    default: nil
    }
  }

  private var contentProblem: String? {
    switch self {
    case .malformed(let path, let problem):
      "\(quoted(path)) is damaged: \(plain(problem)); download or convert it again"
    case .forbiddenGlobal(let path, let name):
      "\(quoted(path)) asks for the Python object \(quoted(name)), which no weight file needs; "
        + "do not trust this file"
    case .pickledObject(let path, let key, let name):
      "\(quoted(path)) holds the Python object \(quoted(name))\(key.isEmpty ? "" : " as \(quoted(key))"), "
        + "expected tensors; save only the state dict: torch.save(model.state_dict(), 'weights.pth')"
    case .unsupportedElementType(let path, let tensor, let type):
      "tensor \(quoted(tensor)) in \(quoted(path)) is stored as \(plain(type)), which is not "
        + "supported here; save it as float32"
    case .missing(let path, let tensor):
      "\(quoted(path)) has no tensor \(quoted(tensor)); download or convert it again"
    case .shape(let path, let tensor, let expected, let found):
      "tensor \(quoted(tensor)) in \(quoted(path)) has shape \(found), expected \(expected); "
        + "download or convert it again"
    case .leftOver(let path, let tensors):
      "\(quoted(path)) has \(tensors.count) unknown tensor\(tensors.count == 1 ? "" : "s"): "
        + "\(sample(tensors)), expected those of a published MMAudio network; download or convert it again"
    case .nonFinite(let path, let tensor):
      "tensor \(quoted(tensor)) in \(quoted(path)) holds NaN or infinity; download or convert it again"
    case .overflow(let path, let tensor, let type):
      "tensor \(quoted(tensor)) in \(quoted(path)) has values too large for \(type); "
        + "convert with --dtype f32"
    default: nil
    }
  }

  private var conversionProblem: String {
    switch self {
    case .unrecognizedNetwork(let path, let tensors):
      "\(quoted(path)) holds \(description(of: tensors)), expected "
        + (ForeignNetwork(tensors: tensors)?.substitute.map { "\($0); give that instead" }
          ?? publishedFiles)
    case .otherSize(let path, let network, let problem):
      "\(quoted(path)) holds a \(network) that MMAudio has no use for: \(problem), as in "
        + publishedFiles
    case .otherName(let path, let found, let expected):
      "\(quoted(path)) holds the \(found.networks), expected the \(expected.networks); download "
        + "\(expected[0].published) again, or name this file \(found[0].published)"
    case .notFlow(let path, let found):
      "\(quoted(path)) holds \(found.isEmpty ? "no network that we know" : "the \(found.networks)"), "
        + "expected a flow network; pass one with --flow-weights, and a folder with the others with --models"
    case .convertedAs(let path, let variant):
      "\(quoted(path)) was converted as \(variant.name); leave out --variant, or pass --variant "
        + "\(variant.name)"
    case .cache(let folder, let error):
      "the converted flow network cannot be kept in \(quoted(folder)): \(plain(error.reason)); set "
        + "XDG_CACHE_HOME to a folder that has room and that you may write to"
    case .noCheckpoints(let path):
      "the folder \(quoted(path)) has no checkpoints, expected .pth, .pt, .bin or .safetensors files; "
        + "give another, or run `mmaudio models pull \(ModelVariant.standard.name)` to get them"
    case .alreadyConverted(let path, let found):
      "\(quoted(path)) was written by `mmaudio convert` already"
        + (found.map { ", it holds the \($0.network)" } ?? "") + "; give the published file instead"
    case .variantNeeded(let path, let candidates):
      "cannot tell the variant of the flow network \(quoted(path)) from its name or its sizes; "
        + "pass --variant with one of \(names(candidates))"
    case .unknownVariant(let name):
      "there is no variant \(quoted(name)); choose one of \(names(ModelVariant.all))"
    case .wrongVariant(let path, let variant, let problem, let fitting):
      "\(quoted(path)) is not \(variant.name): \(plain(problem)); "
        + fit(fitting)
    case .sameOutput(let first, let second, let output):
      "\(quoted(first)) and \(quoted(second)) would both become \(quoted(output)); give only one"
    case .outputExists(let path):
      "\(quoted(path)) exists and was made from another file or with another --dtype; "
        + "pass --force to replace it"
    case .outputIsSource(let path):
      "\(quoted(path)) would be replaced by what is made from it; choose another folder with -o"
    case .output(let error): error.description
    default: ""
    }
  }

  private func names(_ variants: [ModelVariant]) -> String {
    variants.map(\.name).joined(separator: ", ")
  }

  private func fit(_ variants: [ModelVariant]) -> String {
    switch variants.count {
    case 0: "it fits no variant, give another file"
    case 1: "it fits \(names(variants)), pass that with --variant"
    default: "it may be one of \(names(variants)), pass that with --variant"
    }
  }

  /// What a file has that is none of MMAudio's.
  private func description(of tensors: [String]) -> String {
    guard !tensors.isEmpty else { return "no tensors" }
    let count = "\(tensors.count) tensor\(tensors.count == 1 ? "" : "s"): \(sample(tensors))"
    let name = ForeignNetwork(tensors: tensors)?.name
    return "none of MMAudio's networks, but \(name.map { "\($0) (\(count))" } ?? count)"
  }

  private var publishedFiles: String {
    "one of MMAudio's published files; run `mmaudio models pull \(ModelVariant.standard.name)` to get "
      + "them"
  }

  /// The folder that a file is in.
  private func parent(_ path: String) -> String { (path as NSString).deletingLastPathComponent }

  /// Text to paste into a shell as one word.
  private func shellWord(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.unicodeScalars.allSatisfy { scalar in
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || "/._-+".unicodeScalars.contains(scalar)
      }
    return isPlain ? text : "'\(plain(text).replacingOccurrences(of: "'", with: "'\\''"))'"
  }

  private func sample(_ names: [String]) -> String {
    names.prefix(3).map(quoted).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
  }

  private func quoted(_ text: String) -> String { "'\(plain(text))'" }

  private func plain(_ text: String) -> String { text.visible }
}

extension String {
  /// The text as it may be printed: no line breaks, escape codes or endless length.
  ///
  /// Names come from files that nobody vouches for.
  var visible: String {
    let visible = unicodeScalars.prefix(400).map { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: "\u{FFFD}"
      default: String(scalar)
      }
    }
    return visible.joined()
  }
}

extension Shard {
  /// What it is, in words.
  fileprivate var text: String {
    switch self {
    case .part(let number, let count): "part \(number) of \(count) of a checkpoint"
    case .index: "the index of a checkpoint in several files"
    }
  }
}

extension OutputError {
  /// What went wrong, without advice that suits a file that the user named.
  fileprivate var reason: String {
    switch self {
    case .missingFolder(_, let folder): "the folder '\(folder)' does not exist"
    case .folder(let path): "'\(path)' is a folder"
    case .cannotCreate(_, let reason), .writeFailed(_, let reason): reason
    case .terminal: "the standard output is a terminal"
    case .diskFull, .temporaryFolderFull: "the disk is full"
    }
  }
}
