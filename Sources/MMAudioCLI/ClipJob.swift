import MMAudio
import MMAudioMedia

/// One clip from what is asked for to the files that have its sound.
struct ClipJob {
  /// What to make.
  let request: GenerationRequest
  /// A file for each take.
  let outputs: [SoundOutput]
  /// How each take is made.
  let records: [SoundRecord]
  /// Which of several videos is looked at, in words; nil where there was no choice.
  let choice: String?
  /// What of the prompts is not read; nil for nothing.
  let unread: UnreadWords?

  /// Checks all that can be known to fail before the work.
  ///
  /// - Parameters:
  ///   - request: what to make
  ///   - paths: a file for each take
  ///   - settings: how to write them
  ///   - options: whether files may be videos, and be replaced
  ///   - pipeline: what will make it
  ///   - variant: its model
  /// - Throws: what is wrong with the request, the video, the outputs or the models
  init(
    _ request: GenerationRequest, paths: [String], settings: OutputSettings,
    options: OutputOptions, pipeline: Pipeline, variant: ModelVariant
  ) throws {
    try request.validate()
    self.request = request
    unread = UnreadWords(request)
    outputs = try paths.map { path in
      try SoundOutput(
        path: path, request: request, rate: variant.rate, settings: settings, options: options)
    }
    choice = try request.video.flatMap {
      try VideoReader(path: $0, options: request.videoOptions).choice
    }
    let models = try pipeline.digests(for: request)
    let video = try request.video.map { try SoundRecord.Input(path: $0) }
    records = (0..<request.takes).map { take in
      SoundRecord(
        version: mmaudioVersion, variant: variant, models: models, video: video,
        request: request.take(take), output: settings)
    }
  }

  /// What of the video the outputs will not have.
  var leftOut: [String] { outputs[0].leftOut }

  /// Finishes and writes every take.
  ///
  /// - Parameters:
  ///   - sound: what was made of the request
  ///   - timings: of the run
  ///   - note: called with what is to be said about a file
  /// - Returns: what became of each take
  /// - Throws: that a file cannot be written
  func write(
    _ sound: GeneratedSound, _ timings: StageTimings, note: (String) -> Void
  ) throws -> [GenerationResult] {
    if let cut = sound.breakOff, let video = request.video {
      note("'\(video)' breaks off at \(cut); copy or download it again to have all of its sound")
    }
    return try records.indices.map { take in
      let written = try outputs[take].write(sound.takes[take], comment: records[take].json)
      written.notes.forEach(note)
      return GenerationResult(
        output: outputs[take].path, take: take, of: sound, written, settings: records[take],
        unread: unread, timings)
    }
  }
}
