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
  /// `variant` is one that needs them, `others` could be used as they are.
  case modelFilesMissing(
    folder: String, files: [ModelFile], variant: ModelVariant, others: [ModelVariant] = [])
  /// Published files lie in the model folder in place of what they are converted to.
  case notConverted(folder: String, published: [String])
  /// A model file is in the model folder under another name than `file` has.
  case misnamed(folder: String, name: String, file: ModelFile)
  /// Files of the nano model, which nobody can download, are not where they should be.
  case shippedFilesMissing(folder: String, files: [ModelFile])
  /// A model file holds another network than its name says.
  case wrongNetwork(path: String, found: String, expected: ModelFile)
  /// A model file's name belongs to a published file that was not converted.
  case publishedUnderModelName(path: String, found: [ModelFile])
  /// A model file was written by a version that laid out its values otherwise.
  case otherConverter(path: String, found: String)
  /// A file cannot be mapped, as the memory that this process may have is too small for it.
  case noMemory(path: String, byteCount: Int)
  /// A file exists but the system will not let us read it.
  case unreadable(path: String, reason: String)
  /// A file is neither a PyTorch zip nor safetensors.
  case notACheckpoint(path: String)
  /// A file in PyTorch's format from before version 1.6.
  case legacyCheckpoint(path: String)
  /// A file is a program with weights in it, in a format such as TorchScript.
  case program(path: String, format: String)
  /// A file is a part of a checkpoint that was saved in several.
  case shard(path: String, Shard)
  /// A file ends before what it promises.
  case truncated(path: String, part: String)
  /// A file contradicts its own format.
  case malformed(path: String, problem: String)
  /// A pickle asks for a Python function that runs commands.
  case forbiddenGlobal(path: String, name: String)
  /// A pickle has a Python object in place of a state dict, under `key` or as a whole.
  case pickledObject(path: String, key: String, name: String)
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
  /// A network is of a kind that MMAudio uses, but made for something else.
  case otherSize(path: String, network: String, problem: String)
  /// A file has the name of one published file and the networks of another.
  case otherName(path: String, found: [ModelFile], expected: [ModelFile])
  /// A file to take the flow network from has others, or none that we know.
  case notFlow(path: String, found: [ModelFile])
  /// A converted flow network is of another variant than the user says.
  case convertedAs(path: String, variant: ModelVariant)
  /// The cache of converted flow networks cannot be written.
  case cache(folder: String, OutputError)
  /// A folder of sources has no file that could be a checkpoint.
  case noCheckpoints(path: String)
  /// A file that `convert` wrote was given to it as a source.
  case alreadyConverted(path: String, found: ModelFile?)
  /// Neither the file name nor the sizes say which of several variants a flow network is.
  case variantNeeded(path: String, [ModelVariant])
  /// There is no variant of that name.
  case unknownVariant(name: String)
  /// The tensors of a flow network contradict its variant, and fit others.
  case wrongVariant(
    path: String, variant: ModelVariant, problem: String, fitting: [ModelVariant])
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
