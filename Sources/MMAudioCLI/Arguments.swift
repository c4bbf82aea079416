import ArgumentParser
import Foundation
import MMAudio

/// A seed as `torch.Generator.manual_seed` takes it: any 64-bit integer, negative ones wrap around.
struct Seed: ExpressibleByArgument {
  let value: UInt64

  init(value: UInt64) { self.value = value }

  init?(argument: String) {
    if let value = UInt64(argument) {
      self.value = value
    } else if let value = Int64(argument) {
      self.value = UInt64(bitPattern: value)
    } else {
      return nil
    }
  }

  var defaultValueDescription: String { "\(value)" }
}

/// Whole numbers between commas.
struct CommaSeparated: ExpressibleByArgument {
  let values: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { Int($0) }
    guard values.count == parts.count else { return nil }
    self.values = values
  }
}

extension ModelVariant: ExpressibleByArgument {
  /// The variant of that name.
  public init?(argument: String) { self.init(named: argument) }
  /// All names, for help.
  public static var allValueStrings: [String] { all.map(\.name) }
  /// All names, for shells.
  public static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
  /// The name, for help.
  public var defaultValueDescription: String { name }
}

extension ModelVariant {
  /// The variant of that name, where the parser left it to the command to say that there is none.
  static func known(_ name: String) throws -> ModelVariant {
    guard let variant = ModelVariant(named: name) else {
      throw WeightError.unknownVariant(name: name)
    }
    return variant
  }
}

extension StageRunner.Name: ExpressibleByArgument {}
