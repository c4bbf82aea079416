import Foundation
import MMAudio
import MMAudioMedia

/// What a batch makes: known, and checked, before any work.
///
/// Every clip is checked, not only those of this shard, so that all shards refuse the same. One that cannot
/// be made fails, and the others are made.
struct BatchPlan: Sendable {
  /// The clips of this shard: in the order of the manifest, or of the inputs and the bytes of ids.
  let clips: [PlannedClip]
  /// What becomes of those of its clips that cannot be made.
  let failures: [ClipResult]
  /// Which part of all clips they are.
  let shard: Shard
  /// The folder for the outputs.
  let folder: String
  /// What is to be said about where the clips were found.
  let note: String?

  /// Plans a batch.
  ///
  /// Videos are not looked at: one that is missing fails when its turn comes.
  ///
  /// - Parameters:
  ///   - options: which clips, and their outputs' names
  ///   - requestOptions: what a clip that does not say otherwise gets
  ///   - like: has what neither says
  ///   - format: of the outputs, which is their extension
  ///   - environment: where schedulers say which shard this is
  /// - Throws: `BatchError`, or that a prompt for all cannot be read
  init(
    _ options: BatchPlanOptions, requestOptions: RequestOptions, like: GenerationRequest? = nil,
    format: String = "wav",
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    let pipe = StandardInput.path
    guard options.manifest != pipe || requestOptions.promptFile != pipe else {
      throw BatchError.oneStandardInput
    }
    let shard =
      try options.shard.map { text throws(BatchError) in
        try Shard(text, environment: environment)
      } ?? .whole
    let template = try options.name.map { text throws(BatchError) in try OutputName(text) }
    let base = try requestOptions.request(from: like ?? GenerationRequest(), video: nil)
    // As for a video, of which any part may be asked for; a row without one is checked when it is read.
    var ofVideo = base
    ofVideo.video = ""
    try ofVideo.validate()
    var (rows, note) = try options.clips()
    try template.map { try $0.check(rows[0], takes: base.takes) }
    ClipID.settle(&rows)

    let isNamed = requestOptions.hasPrompt || like != nil
    var plans: [PlannedClip?] = rows.map { _ in nil }
    for index in rows.indices where rows[index].failure == nil {
      let row = rows[index]
      do {
        guard row.video != nil || row.prompt != nil || isNamed else {
          throw BatchError.emptyClip(row.source)
        }
        let request = try row.request(from: base)
        let names = try (template ?? .standard(takes: request.takes))
          .paths(for: row, takes: request.takes, fileExtension: format)
        plans[index] = PlannedClip(
          id: row.id, request: request, outputs: names.map { options.path(of: $0) },
          extra: row.extra.isEmpty ? nil : row.extra)
      } catch {
        rows[index].fail(of: error)
      }
    }
    Self.requireDistinct(plans, &rows)
    self.shard = shard
    self.note = note
    folder = options.output ?? "."
    let mine = rows.indices.filter { shard.contains(id: rows[$0].id) }
    clips = mine.filter { rows[$0].failure == nil }.compactMap { plans[$0] }
    failures = mine.compactMap { rows[$0].result }
  }

  /// Has rows fail of which an output would replace another row's, or a video.
  private static func requireDistinct(_ plans: [PlannedClip?], _ rows: inout [ClipRow]) {
    let root = FileManager.default.currentDirectoryPath
    var videos: [String: ClipSource] = [:]
    for row in rows {
      if let video = row.video { videos[video.absolutePath(from: root)] = row.source }
    }
    var owners: [String: ClipSource] = [:]
    for index in rows.indices {
      for path in plans[index]?.outputs ?? [] {
        let place = path.absolutePath(from: root)
        if let first = owners[place] {
          rows[index].fail(of: BatchError.sameOutput(path, first, rows[index].source))
        } else if let video = videos[place] {
          rows[index].fail(of: BatchError.outputIsVideo(path, video))
        } else {
          owners[place] = rows[index].source
        }
      }
    }
  }
}

extension BatchPlanOptions {
  /// The path of an output by its name in the output folder.
  fileprivate func path(of name: String) -> String {
    guard let output, !output.isEmpty else { return name }
    return output.hasSuffix("/") ? output + name : "\(output)/\(name)"
  }
}

extension ClipRow {
  /// What becomes of it if it cannot be made; nil if it can.
  fileprivate var result: ClipResult? {
    guard let failure else { return nil }
    return ClipResult(
      id: id, status: .failed, error: failure, recipe: "", input: nil,
      extra: extra.isEmpty ? nil : extra)
  }

  /// What to make for this clip, where `base` has what it does not say.
  fileprivate func request(from base: GenerationRequest) throws(BatchError) -> GenerationRequest {
    var request = base
    request.video = video
    request.prompt = prompt ?? base.prompt
    request.negativePrompt = negativePrompt ?? base.negativePrompt
    request.seconds = duration ?? base.seconds
    request.takes = takes ?? base.takes
    request.seed = seed ?? ClipSeed.seed(base.seed, id: id)
    do {
      try request.validate()
    } catch {
      throw .request(source, error)
    }
    return request
  }
}
