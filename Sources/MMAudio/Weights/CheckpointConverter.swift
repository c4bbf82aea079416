import Foundation
import MMAudioKernels
import MMAudioMedia

/// Turns the published checkpoints into the files of a model folder.
///
/// All sources are opened, recognised by their tensors and checked before the first file is
/// written. Values then stream through a small buffer, so memory does not grow with the file.
public struct CheckpointConverter: Sendable {
  /// What became of one model file, or of a source that gave none.
  public struct Outcome: Sendable {
    /// The ways it can end.
    public enum Result: Sendable, Equatable {
      /// Written, so many bytes.
      case written(byteCount: Int)
      /// There already, made from the same source with the same settings.
      case upToDate
      /// Passed over in a folder, for a reason in words.
      case skipped(reason: String)
    }
    /// The file it was made from.
    public let source: URL
    /// The model file, or the source itself if that was skipped.
    public let file: URL
    /// How it ended.
    public let result: Result
    /// Which of several copies of the network in the source was used, in words.
    public let note: String?
  }

  /// How matrices and kernels are stored; vectors, which weigh nothing, are always `f32`.
  public enum Storage: String, Sendable, CaseIterable {
    /// IEEE single, exactly what was published.
    case f32
    /// IEEE half: half the size, 11 bits of precision.
    case f16
    /// bfloat16: half the size, 8 bits of precision.
    case bf16

    fileprivate var elementType: ElementType {
      switch self {
      case .f32: .f32
      case .f16: .f16
      case .bf16: .bf16
      }
    }
  }

  /// Metadata key that only converted files have.
  static let versionKey = "converter"
  /// Changes whenever the same source would be converted to other bytes.
  static let version = "mmaudio 2"

  /// Metadata key for the copy that was used where the source has several.
  static let copyKey = "copy"

  private let folder: URL
  private let storage: Storage
  private let variant: ModelVariant?
  private let replaces: Bool

  /// A converter into `folder`.
  ///
  /// - Parameters:
  ///   - folder: the model folder, made if it is not there
  ///   - storage: how to store matrices and kernels
  ///   - variant: what the flow network among the sources is, if its file name does not say
  ///   - replaces: whether model files made from something else may be replaced
  public init(
    into folder: URL, storage: Storage = .f32, variant: ModelVariant? = nil,
    replaces: Bool = false
  ) {
    self.folder = folder
    self.storage = storage
    self.variant = variant
    self.replaces = replaces
  }

  /// Converts files, and every checkpoint in folders.
  ///
  /// - Parameters:
  ///   - sources: published files, or folders of them
  ///   - report: called once for each model file when it is done
  /// - Throws: any `WeightError`; files reported before are complete.
  public func convert(
    _ sources: [URL], report: (Outcome) -> Void = { _ in }
  ) throws(WeightError) {
    var plans: [ConversionPlan] = []
    for source in sources {
      for file in try SourceFolder.files(source) {
        do throws(WeightError) {
          let plan = try ConversionPlan(file.url, variant: variant)
          try requireName(plan)
          plans.append(plan)
        } catch {
          guard file.mayBeSkipped, let reason = error.reasonToSkip else { throw error }
          report(
            Outcome(source: file.url, file: file.url, result: .skipped(reason: reason), note: nil))
        }
      }
    }
    try requireDistinctOutputs(plans)
    try makeFolder()
    for plan in plans { try run(plan, sha256: nil, report) }
  }

  /// Converts one file whose SHA-256 is known.
  func convert(_ plan: ConversionPlan, sha256: String) throws(WeightError) {
    try requireDistinctOutputs([plan])
    try makeFolder()
    try run(plan, sha256: sha256) { _ in }
  }

  private func makeFolder() throws(WeightError) {
    let path = folder.path
    try WeightError.rethrowing { () throws(OutputError) in try makeOutputFolder(path: path) }
  }

  /// Refuses a file that has the name of one published file and the network of another: whoever gave it
  /// believes to have converted what the name says.
  private func requireName(_ plan: ConversionPlan) throws(WeightError) {
    let stem = plan.source.deletingPathExtension().lastPathComponent
    let promised = ModelFile.all.filter { $0.published.prefix { $0 != "." } == stem }
    let found = plan.outputs.map(\.file)
    // A variant may be said otherwise, and was checked.
    let isFlow = promised.contains(where: \.isFlow) && found.contains(where: \.isFlow)
    guard promised.isEmpty || isFlow || found.contains(where: promised.contains) else {
      throw .otherName(path: plan.source.path, found: found, expected: promised)
    }
  }

  private func requireDistinctOutputs(_ plans: [ConversionPlan]) throws(WeightError) {
    var sources: [String: URL] = [:]
    for plan in plans {
      for output in plan.outputs {
        if let first = sources.updateValue(plan.source, forKey: output.file.name) {
          throw .sameOutput(
            first: first.path, second: plan.source.path, output: output.file.name)
        }
        for source in plans.map(\.source.path) where isSameFile(source, url(of: output).path) {
          throw .outputIsSource(path: source)
        }
      }
    }
  }

  private func run(
    _ plan: ConversionPlan, sha256: String?, _ report: (Outcome) -> Void
  ) throws(WeightError) {
    var digest = sha256
    var stale: Set<String> = []
    // Known before anything is replaced; otherwise the digest is computed beside the conversion.
    for output in plan.outputs where !replaces {
      let url = url(of: output)
      guard FileManager.default.fileExists(atPath: url.path) else { continue }
      if digest == nil { digest = try plan.file.sha256() }
      switch state(of: url, plan, digest: digest) {
      case .current: continue
      case .fromOlderConverter: stale.insert(output.file.name)
      case .different: throw .outputExists(path: url.path)
      }
    }
    let pending = plan.outputs.filter { output in
      replaces || stale.contains(output.file.name)
        || !FileManager.default.fileExists(atPath: url(of: output).path)
    }
    let byteCounts = try write(pending[...], plan, digest: &digest)
    for output in plan.outputs {
      let result = byteCounts[output.file.name].map { Outcome.Result.written(byteCount: $0) }
      report(
        Outcome(
          source: plan.source, file: url(of: output), result: result ?? .upToDate,
          note: plan.choice?.note))
    }
  }

  private func url(of output: ConversionPlan.Output) -> URL {
    folder.appendingPathComponent(output.file.name)
  }

  private enum ExistingFile {
    case current
    case fromOlderConverter
    case different
  }

  private func state(of url: URL, _ plan: ConversionPlan, digest: String?) -> ExistingFile {
    guard let file = try? InputFile(url), let header = try? SafetensorsHeader(file),
      header.metadata["source_sha256"] == digest,
      header.metadata["dtype"] == storage.rawValue
    else { return .different }
    let isCurrent =
      header.metadata[Self.versionKey] == Self.version
      && header.metadata[Self.copyKey] == plan.choice?.used
    return isCurrent ? .current : .fromOlderConverter
  }

  /// Writes model files, all or none, and returns their sizes by name.
  ///
  /// Fills in `digest` if nobody has yet.
  private func write(
    _ outputs: ArraySlice<ConversionPlan.Output>, _ plan: ConversionPlan, digest: inout String?
  ) throws(WeightError) -> [String: Int] {
    guard let output = outputs.first else { return [:] }
    var metadata = output.file.metadata.merging([
      "source": plan.source.lastPathComponent,
      "source_sha256": digest ?? String(repeating: "0", count: 64),
      "dtype": storage.rawValue,
      Self.versionKey: Self.version,
    ]) { $1 }
    metadata[Self.copyKey] = plan.choice?.used
    var writer = try SafetensorsWriter(
      url(of: output), entries: entries(output), metadata: metadata)
    let known = try fill(&writer, output, plan, digest: digest)
    digest = known
    // The others come before this one is finished, so that a failure leaves none behind.
    var byteCounts = try write(outputs.dropFirst(), plan, digest: &digest)
    byteCounts[output.file.name] = writer.byteCount
    try writer.finish(replacing: ["source_sha256": known])
    return byteCounts
  }

  private func entries(_ output: ConversionPlan.Output) -> [SafetensorsWriter.Entry] {
    output.products.map { product in
      SafetensorsWriter.Entry(
        name: product.requirement.name, shape: product.requirement.convertedShape,
        type: product.requirement.shape.count { $0 > 1 } > 1 ? storage.elementType : .f32)
    }
  }

  /// Writes all values, and returns the digest of the source.
  private func fill(
    _ writer: inout SafetensorsWriter, _ output: ConversionPlan.Output, _ plan: ConversionPlan,
    digest: String?
  ) throws(WeightError) -> String {
    // Hashing takes longer than converting, so both run at once.
    var hashing = Result<String, WeightError>.success(digest ?? "")
    var writing = Result<Void, WeightError>.success(())
    parallelFor(digest == nil ? 2 : 1) { task in
      if task == 1 {
        hashing = Result { () throws(WeightError) in try plan.file.sha256() }
      } else {
        writing = Result { () throws(WeightError) in
          for product in output.products {
            try ProductStream(product, plan.file).write(to: &writer)
          }
        }
      }
    }
    try writing.get()
    return try hashing.get()
  }
}

extension WeightError {
  /// Why a file in a folder can be passed over, or nothing if it must be reported.
  fileprivate var reasonToSkip: String? {
    switch self {
    case .unrecognizedNetwork, .notACheckpoint: "not a network that MMAudio uses"
    case .alreadyConverted: "converted already"
    case .shard: "part of a checkpoint in several files"
    default: nil
    }
  }
}

extension InputFile {
  /// SHA-256 of the whole file, in hexadecimal digits.
  func sha256() throws(WeightError) -> String {
    var digest = SHA256()
    try forEachChunk { digest.update($0) }
    return digest.hexadecimal
  }
}
