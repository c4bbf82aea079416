import MMAudio

/// Which models can be used.
struct ModelCheck {
  private let folder: ModelFolder
  private let shipped: ModelFolder?

  /// - Parameters:
  ///   - place: the model folder
  ///   - shipped: where the nano model is, if anywhere
  init(_ place: ModelFolderOption, shipped: ModelFolder? = .shipped()) {
    folder = place.folder
    self.shipped = shipped
  }

  var findings: [Finding] {
    let models = [nano] + ModelVariant.published.map { published($0) }
    let isAny = models.contains { $0.state == .ok }
    let state: Finding.State = isAny ? .ok : .bad
    let free = DiskSpace.free(at: folder.url.path).map { ", \(Models.size($0)) free" } ?? ""
    let advice =
      isAny ? "" : "; no model can be used, run `mmaudio models pull \(ModelVariant.standard.name)`"
    return [
      Finding(state: state, subject: "model folder", text: folder.url.path + free + advice)
    ] + models
  }

  private var nano: Finding {
    let variant = ModelVariant.nano
    guard let place = folder.contains(.flow(variant)) ? folder : shipped else {
      return Finding(
        state: .absent, subject: variant.name,
        text: "it ships with mmaudio, but is not beside it; install mmaudio again")
    }
    return usable(variant, in: place)
  }

  private func published(_ variant: ModelVariant) -> Finding {
    guard folder.contains(.flow(variant)) else {
      return Finding(
        state: .absent, subject: variant.name,
        text: "not here; `mmaudio models pull \(variant.name)` gets it")
    }
    return usable(variant, in: folder)
  }

  /// Opens every file of a variant; headers only.
  private func usable(_ variant: ModelVariant, in folder: ModelFolder) -> Finding {
    do throws(WeightError) {
      try folder.require(ModelFile.needed(by: variant))
      let size = Models.size(InstalledModels(folder: folder).byteCount(of: variant))
      return Finding(state: .ok, subject: variant.name, text: "\(size) in \(folder.url.path)")
    } catch {
      return Finding(state: .warning, subject: variant.name, text: error.description)
    }
  }
}
