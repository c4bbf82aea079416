import ArgumentParser
import MMAudio

/// `mmaudio cache clear`: the entries go, other files stay.
struct CacheClear: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clear", abstract: "Remove all that is in the cache.",
    discussion: "Nothing is lost but time: later runs compute it again.")

  @Flag(help: "Remove the flow networks that --flow-weights converted, too.")
  var flowWeights = false

  func run() {
    let removed = CacheContents(FeatureCache.standardURL()).remove()
    print("removed \(CacheStats.entries(removed.entries)), \(Models.size(removed.bytes))")
    guard flowWeights else { return }
    print("removed \(Models.size(FlowCache.standard().remove())) of flow weights")
  }
}
