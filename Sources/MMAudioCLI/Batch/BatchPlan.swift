import Foundation
import MMAudio
import MMAudioMedia

/// What a batch makes: known, and checked, before any work.
///
/// Every clip is checked, not only those of this shard, so that all shards refuse the same.
struct BatchPlan: Sendable {
  /// The clips of this shard: in the order of the manifest, or of the inputs and the bytes of ids.
  let clips: [PlannedClip]
  /// Which part of all clips they are.
  let shard: Shard
  /// The folder for the outputs.
  let folder: String

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
  /// - Throws: `BatchError`, or that a prompt cannot be read
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
    let rows = try options.rows()
    try ClipID.check(rows)

    let requests = try rows.map { row throws(BatchError) in
      guard row.video != nil || row.prompt != nil || requestOptions.hasPrompt || like != nil else {
        throw .emptyClip(row.source)
      }
      return try row.request(from: base)
    }
    let names = try zip(rows, requests).map { row, request throws(BatchError) in
      try (template ?? .standard(takes: request.takes))
        .paths(for: row, takes: request.takes, fileExtension: format)
    }
    let outputs = names.map { $0.map { name in options.path(of: name) } }
    try Self.requireDistinct(outputs, rows)
    self.shard = shard
    folder = options.output ?? "."
    clips = rows.indices.filter { shard.contains(id: rows[$0].id) }.map { index in
      PlannedClip(id: rows[index].id, request: requests[index], outputs: outputs[index])
    }
  }

  /// Throws if two outputs, or an output and a video, have one path.
  private static func requireDistinct(
    _ outputs: [[String]], _ rows: [ClipRow]
  ) throws(BatchError) {
    let current = FileManager.default.currentDirectoryPath + "/"
    func place(_ path: String) -> String {
      (path.hasPrefix("/") ? path : current + path).normalizedPath
    }
    var owners: [String: ClipSource] = [:]
    for (paths, row) in zip(outputs, rows) {
      for path in paths {
        if let first = owners.updateValue(row.source, forKey: place(path)) {
          throw .sameOutput(path, first, row.source)
        }
      }
    }
    for row in rows {
      if let video = row.video, owners[place(video)] != nil {
        throw .outputIsVideo(video, row.source)
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
