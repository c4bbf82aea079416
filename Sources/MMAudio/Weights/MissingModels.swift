import Foundation

/// Why networks are not in a model folder, and what lies there in their place.
extension ModelFolder {
  /// The error to throw when `files` are not here.
  func missing(_ files: [ModelFile]) -> WeightError {
    if let reason = reasonToRefuse(files) { return .unreadable(path: url.path, reason: reason) }
    let found = FoundWeights.all(in: url)
    for file in files {
      if let other = found.first(where: { $0.isConverted && $0.files == [file] }) {
        return .misnamed(folder: url.path, name: other.name, file: file)
      }
    }
    let published = found.filter { source in
      !source.isConverted && !source.files.contains { contains($0) }
    }
    if variants.isEmpty || published.contains(where: { $0.files.contains(where: files.contains) }),
      !published.isEmpty
    {
      return .notConverted(folder: url.path, published: published.map(\.name))
    }
    if files.contains(.flow(.nano)) || variants == [.nano] {
      return .shippedFilesMissing(folder: url.path, files: files)
    }
    let usable = variants.filter { lacking($0).isEmpty }
    return .modelFilesMissing(
      folder: url.path, files: files, variant: variant(needing: files),
      others: files.contains(where: \.isFlow) ? usable : [])
  }

  /// Why the system does not let us look for files, if that is so.
  private func reasonToRefuse(_ files: [ModelFile]) -> String? {
    var info = stat()
    if stat(url.path, &info) == 0, info.st_mode & S_IFMT != S_IFDIR {
      return "it is not a folder of models"
    }
    for file in files where stat(url(of: file).path, &info) != 0 {
      let code = errno
      guard code == ENOENT else { return String(cString: strerror(code)) }
    }
    return nil
  }

  /// The published variant that is here or asked for and needs `files`.
  private func variant(needing files: [ModelFile]) -> ModelVariant {
    let published = ModelVariant.published
    if let asked = published.first(where: { files.contains(.flow($0)) }) { return asked }
    let rates = files.compactMap { $0.metadata["rate"] }
    let fitting = published.filter { rates.isEmpty || rates.contains($0.rate.name) }
    return fitting.last(where: variants.contains) ?? fitting.last ?? .standard
  }
}
