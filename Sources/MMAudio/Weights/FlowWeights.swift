import Foundation

/// A flow network of the user's own, such as a fine-tune, under any file name.
public struct FlowWeights: Sendable, Equatable {
  /// Which variant it takes the place of.
  public let variant: ModelVariant
  /// Which of several copies of the network in the file is used, in words.
  public let note: String?
  /// The network as `convert` writes it.
  let file: URL

  /// Recognises the flow network in a file, and converts it unless that was done before.
  ///
  /// - Parameters:
  ///   - source: a checkpoint, as published or as training saves it, or what `convert` made of one
  ///   - variant: what it is a fine-tune of, where its sizes do not say
  ///   - cache: where converted networks are kept
  ///   - preparing: called before the file is read as a whole, which can take a while
  /// - Throws: what is wrong with the file, `.notFlow`, `.variantNeeded`, `.wrongVariant` or `.cache`
  public init(
    _ source: URL, variant: ModelVariant? = nil, cache: FlowCache = .standard(),
    preparing: () -> Void = {}
  ) throws(WeightError) {
    let plan: ConversionPlan
    do throws(WeightError) {
      plan = try ConversionPlan(source, variant: variant)
    } catch {
      guard case .alreadyConverted(let path, let found) = error else { throw error }
      self.variant = try Self.variant(path, found.map { [$0] } ?? [], asked: variant)
      file = source
      note = nil
      return
    }
    self.variant = try Self.variant(source.path, plan.outputs.map(\.file), asked: variant)
    note = plan.choice?.note
    file = try cache.converted(plan, .flow(self.variant), preparing: preparing)
  }

  /// The variant of the flow network that a file holds.
  private static func variant(
    _ path: String, _ found: [ModelFile], asked: ModelVariant?
  ) throws(WeightError) -> ModelVariant {
    guard let variant = ModelVariant.all.first(where: { found == [.flow($0)] }) else {
      throw .notFlow(path: path, found: found)
    }
    guard asked == nil || asked == variant else {
      throw .convertedAs(path: path, variant: variant)
    }
    return variant
  }
}
