import ArgumentParser

/// `mmaudio cache`: what earlier runs left for later ones.
struct Cache: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show or remove what is kept to spare later runs work.",
    subcommands: [CacheStats.self, CacheClear.self])
}
