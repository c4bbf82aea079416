import ArgumentParser
import MMAudio

/// `--cache-size`, for every command that runs encoders again and again.
struct CacheOptions: ParsableArguments {
  @Option(
    help: """
      Room for what the encoders made of videos and prompts, in $XDG_CACHE_HOME/mmaudio, such as 500MB \
      or 2GB; what was not used for longest goes first. 0 keeps and reads nothing.
      """)
  var cacheSize = ByteSize.standardCache

  /// The cache to use, if any.
  var cache: FeatureCache? { cacheSize.count == 0 ? nil : FeatureCache(limit: cacheSize.count) }
}

/// A number of bytes as people write it, such as `1.5GB`.
struct ByteSize: ExpressibleByArgument, CustomStringConvertible {
  /// What the cache may take unless told otherwise.
  static let standardCache = ByteSize(count: 2_000_000_000, description: "2GB")

  private static let units = ["": 1.0, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12]

  let count: Int
  let description: String

  private init(count: Int, description: String) {
    self.count = count
    self.description = description
  }

  /// Digits, perhaps with a point, then perhaps a unit; nothing else is a size.
  init?(argument: String) {
    guard let match = argument.wholeMatch(of: #/([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)/#),
      let number = Double(match.1), let unit = Self.units[match.2.uppercased()],
      let count = Int(exactly: (number * unit).rounded())
    else { return nil }
    self.init(count: count, description: argument)
  }

  var defaultValueDescription: String { description }
}
