import Foundation
import MMAudioKernels

/// The variant that makes a sound, and the folder that has its networks.
public struct ModelSelection: Sendable {
  /// Where the networks are.
  public var folder: ModelFolder
  /// What they are.
  public let variant: ModelVariant

  /// Chooses by what the user named and by what is installed.
  ///
  /// A variant that is named is looked for in the model folder, the nano model also where it ships.
  /// Without a name, the largest in the folder is taken; if no folder was named and the standard one has
  /// none, the nano model; where even that is missing, the standard variant, for the error to say so.
  ///
  /// - Parameters:
  ///   - variant: what the user named, if anything
  ///   - path: the folder that the user named, if any
  ///   - environment: variables that may name another folder
  ///   - shipped: the folder of the nano model, if it is found
  public init(
    variant: ModelVariant?, models path: String? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    shipped: ModelFolder? = .shipped()
  ) {
    let standard = ModelFolder.standard(named: path, environment: environment)
    if let variant {
      let isElsewhere = variant == .nano && path == nil && !standard.contains(.flow(.nano))
      folder = isElsewhere ? shipped ?? standard : standard
      self.variant = variant
      return
    }
    let isNamed = path != nil || !(environment["MMAUDIO_MODELS"] ?? "").isEmpty
    if standard.variants.isEmpty, !isNamed, let shipped {
      folder = shipped
      self.variant = .nano
    } else {
      folder = standard
      self.variant = standard.variants.last ?? .standard
    }
  }
}

extension ModelFolder {
  /// The nano model that ships: `share/mmaudio/nano` beside the `bin` of an installation, or
  /// `Models/nano` of the checkout that the program was built in.
  public static func shipped(executable: String = Program.path) -> ModelFolder? {
    var ancestor = URL(fileURLWithPath: executable).deletingLastPathComponent()
    // `.build/TRIPLE/release` lies three levels deep.
    for _ in 0..<4 {
      for place in ["share/mmaudio/nano", "Models/nano"] {
        let folder = ModelFolder(path: ancestor.appendingPathComponent(place).path)
        if folder.contains(.flow(.nano)) { return folder }
      }
      ancestor.deleteLastPathComponent()
    }
    return nil
  }
}
