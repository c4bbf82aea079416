import ArgumentParser
import Foundation
import MMAudio

/// `mmaudio models pull`: published files are downloaded, checked and converted.
struct ModelsPull: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Download published models and convert them.",
    discussion: """
      Downloads what is missing, checks it and converts it. A download that was interrupted goes on \
      where it stopped when the command is run again. http_proxy, https_proxy and no_proxy are \
      heeded.
      """)

  @Argument(
    help: "Variants, such as large_44k_v2.",
    completion: .list(ModelVariant.published.map(\.name)))
  var variants: [String]

  @Flag(help: "Accept the licences of the files, which are shown, without being asked.")
  var acceptLicense = false

  @Option(help: "How to store weights; default f32 for what is not here yet.")
  var dtype: CheckpointConverter.Storage?

  @Option(help: "A mirror, a folder that has all files under their published names.")
  var baseURL: String?

  @Flag(
    help: "Download nothing, only convert what lies in the folder 'downloads' of the model folder.")
  var offline = false

  @Flag(help: "Keep the published files after their conversion.")
  var keepSource = false

  @Option(help: .hidden)
  var retryWait = 1.0

  @OptionGroup var place: ModelFolderOption

  @OptionGroup var reporting: ReportingOptions

  func run() throws {
    var downloader = ModelDownloader(folder: place.folder)
    downloader.storage = dtype
    downloader.mirror = try baseURL.map { try Self.mirror($0) }
    downloader.isOffline = offline
    downloader.keepsSources = keepSource
    downloader.firstWait = retryWait
    let files = try downloader.missing(try variants.map(ModelVariant.known))
    guard !files.isEmpty else {
      print("\(variants.joined(separator: ", ")): all here")
      return
    }
    try accept(files)
    let display = try reporting.display()
    try display.during {
      try downloader.pull(files) { step in
        switch step {
        case .downloading(let file, let done, let total):
          display.update(DownloadProgress(name: file.name, done: done, whole: total))
        case .waiting(let file, let reason, let seconds):
          let wait = max(1, Int(seconds.rounded(.up)))
          display.note("\(file.name): \(reason); asking again in \(wait) s")
        case .startingOver(let file, let reason):
          display.note("\(file.name): \(reason); downloading it again")
        case .changed(let file):
          display.note("\(file.name): not the file that was downloaded before")
        case .converted(let file, let name, let byteCount):
          display.clear()
          print("\(name): \(Models.size(byteCount)), from \(file.name)")
        }
      }
    }
  }

  /// Shows what will be downloaded under which licence, and asks.
  private func accept(_ files: [PublishedFile]) throws {
    for file in files {
      Terminal.write(
        "\(file.name): about \(Models.size(file.byteCount)), licence \(file.licence.rawValue)\n")
    }
    if acceptLicense { return }
    switch Models.confirm("Download these files and accept their licences?") {
    case true: return
    case false: throw DownloadError.licenceNotAccepted(asked: true)
    case nil: throw DownloadError.licenceNotAccepted(asked: false)
    }
  }

  private static func mirror(_ address: String) throws -> URL {
    guard let url = URL(string: address), ["http", "https"].contains(url.scheme), url.host != nil
    else { throw DownloadError.badAddress(address) }
    return url
  }
}
