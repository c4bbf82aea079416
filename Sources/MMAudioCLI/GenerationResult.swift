import MMAudio

/// What became of one take, for programs that read it.
struct GenerationResult: Encodable {
  private enum CodingKeys: String, CodingKey {
    case output, take, settings, durations, windows, seconds
  }

  /// Lengths in seconds.
  struct Durations: Encodable {
    /// What the user asked for, if anything.
    let requested: Double?
    /// Of the video that was read.
    let video: Double?
    /// For which the last picture was held.
    let held: Double?
    /// Of the sound.
    let produced: Double
  }

  /// The file.
  let output: String
  /// Counted from 1.
  let take: Int
  let settings: SoundRecord
  let durations: Durations
  /// Windows that were made together.
  let windows: Int
  /// Seconds by stage, and in all, for all takes together.
  let seconds: [String: Double]
  /// Seconds by stage in the order of the stages.
  let stages: [(name: String, seconds: Double)]

  /// - Parameters:
  ///   - output: where it was written
  ///   - take: counted from 0
  ///   - sound: all takes
  ///   - settings: how the take was made
  ///   - timings: of the run
  init(
    output: String, take: Int, of sound: GeneratedSound, settings: SoundRecord,
    _ timings: StageTimings
  ) {
    self.output = output
    self.take = take + 1
    self.settings = settings
    durations = Durations(
      requested: settings.request.seconds, video: sound.video?.videoSeconds,
      held: sound.video?.heldSeconds, produced: sound.takes[take].seconds)
    windows = sound.windows
    stages = timings.stages.map { ($0.stage.rawValue, $0.seconds) }
    let all = stages.map { ($0.name, $0.seconds) } + [("total", timings.total)]
    seconds = Dictionary(uniqueKeysWithValues: all)
      .mapValues { ($0 * 1000).rounded() / 1000 }
  }
}
