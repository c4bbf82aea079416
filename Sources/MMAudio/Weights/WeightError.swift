import Foundation
import MMAudioMedia

/// What is wrong with a weight file, and what to do about it.
///
/// Every description is one line: what happened, what was expected, what to do.
public enum WeightError: Error, Equatable {
  /// There is no file at a path given by the user.
  case fileMissing(path: String)
  /// Converted model files are not in the model folder.
  ///
  /// `variant` is one that needs them.
  case modelFilesMissing(folder: String, files: [ModelFile], variant: ModelVariant)
  /// Files of the nano model, which nobody can download, are not where they should be.
  case shippedFilesMissing(folder: String, files: [ModelFile])
  /// A model file holds another network than its name says.
  case wrongNetwork(path: String, found: String, expected: String)
  /// A model file was written by a version that laid out its values otherwise.
  case otherConverter(path: String, found: String)
  /// A file exists but the system will not let us read it.
  case unreadable(path: String, reason: String)
  /// A file is neither a PyTorch zip nor safetensors.
  case notACheckpoint(path: String)
  /// A file in PyTorch's format from before version 1.6.
  case legacyCheckpoint(path: String)
  /// A file ends before what it promises.
  case truncated(path: String, part: String)
  /// A file contradicts its own format.
  case malformed(path: String, problem: String)
  /// A pickle asks for a Python object that is not on the short list.
  case forbiddenGlobal(path: String, name: String)
  /// A tensor is stored in a type that we do not read, or not where it stands.
  case unsupportedElementType(path: String, tensor: String, type: String)
  /// A file lacks a tensor that the network needs.
  case missing(path: String, tensor: String)
  /// A tensor has another shape than the network needs.
  case shape(path: String, tensor: String, expected: [Int], found: [Int])
  /// A file holds tensors that the network does not know.
  case leftOver(path: String, tensors: [String])
  /// A tensor that the network uses holds NaN or infinity.
  case nonFinite(path: String, tensor: String)
  /// A value does not fit the type chosen for storage.
  case overflow(path: String, tensor: String, type: String)
  /// The tensors of a file belong to no network that MMAudio uses.
  case unrecognizedNetwork(path: String, tensors: [String])
  /// A folder of sources has no file that could be a checkpoint.
  case noCheckpoints(path: String)
  /// A file that `convert` wrote was given to it as a source.
  case alreadyConverted(path: String)
  /// Neither the file name nor the user says which variant a flow network is.
  case variantNeeded(path: String)
  /// There is no variant of that name.
  case unknownVariant(name: String)
  /// The tensors of a flow network contradict its variant.
  case wrongVariant(path: String, variant: String, problem: String)
  /// Two sources in one call would write the same model file.
  case sameOutput(first: String, second: String, output: String)
  /// An output exists, made from something else.
  case outputExists(path: String)
  /// An output is one of the sources.
  case outputIsSource(path: String)
  /// A file cannot be created or written.
  case output(OutputError)

  /// Runs `body`, and throws its error as `.output`.
  static func rethrowing<Value: ~Copyable>(
    _ body: () throws(OutputError) -> Value
  ) throws(WeightError) -> Value {
    do throws(OutputError) {
      return try body()
    } catch {
      throw .output(error)
    }
  }
}

extension WeightError: CustomStringConvertible {
  /// The error as one line.
  public var description: String {
    fileProblem ?? contentProblem ?? conversionProblem
  }

  private var fileProblem: String? {
    switch self {
    case .fileMissing(let path):
      "there is no file \(quoted(path)); check the path"
    case .modelFilesMissing(let folder, let files, let variant):
      "\(quoted(folder)) lacks the \(files.map(\.network).joined(separator: ", the ")); "
        + "run `mmaudio models pull \(variant.name) --models \(shellWord(folder))`"
    case .shippedFilesMissing(let folder, let files):
      "\(quoted(folder)) lacks the \(files.map(\.network).joined(separator: ", the ")), which "
        + "\(files.count == 1 ? "ships" : "ship") with mmaudio; leave out --models, or install mmaudio "
        + "again"
    case .wrongNetwork(let path, let found, let expected):
      "\(quoted(path)) holds \(plain(found)), expected \(expected); run `mmaudio convert` again, "
        + "and do not rename what it writes"
    case .otherConverter(let path, let found):
      "\(quoted(path)) was written by the converter \(quoted(found)), expected "
        + "'\(CheckpointConverter.version)'; run `mmaudio convert` on the published file again"
    case .unreadable(let path, let reason):
      "cannot read \(quoted(path)): \(plain(reason)); check the file and its permissions"
    case .notACheckpoint(let path):
      "\(quoted(path)) is not a checkpoint: expected a PyTorch zip file or safetensors; "
        + "download it again"
    case .legacyCheckpoint(let path):
      "\(quoted(path)) is in PyTorch's format from before 1.6; load it in PyTorch and save it "
        + "again with torch.save"
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
        + "\(sample(tensors)); expected a published MMAudio network"
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
      "\(quoted(path)) holds no network that MMAudio uses (found "
        + "\(tensors.isEmpty ? "no tensors" : sample(tensors))); expected one of MMAudio's "
        + "published files"
    case .noCheckpoints(let path):
      "the folder \(quoted(path)) has no checkpoints; expected .pth, .pt, .bin or .safetensors files"
    case .alreadyConverted(let path):
      "\(quoted(path)) was written by `mmaudio convert` already; give the published file instead"
    case .variantNeeded(let path):
      "cannot tell the variant of the flow network \(quoted(path)) from its name; "
        + "pass --variant with one of \(variantNames)"
    case .unknownVariant(let name):
      "there is no variant \(quoted(name)); choose one of \(variantNames)"
    case .wrongVariant(let path, let variant, let problem):
      "\(quoted(path)) is not \(quoted(variant)): \(plain(problem)); "
        + "pass the right --variant of \(variantNames)"
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

  private var variantNames: String {
    ModelVariant.all.map(\.name).joined(separator: ", ")
  }

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

  /// Names come from files that nobody vouches for: no line breaks, escape codes or endless text.
  private func plain(_ text: String) -> String {
    let visible = text.unicodeScalars.prefix(400).map { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: "\u{FFFD}"
      default: String(scalar)
      }
    }
    return visible.joined()
  }
}
