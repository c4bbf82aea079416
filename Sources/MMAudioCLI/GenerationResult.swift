import MMAudio
import MMAudioMedia

/// What became of one take, for programs that read it.
struct GenerationResult: Encodable {
  private enum CodingKeys: String, CodingKey {
    case output, take, settings, unread, durations, windows, loudness, seconds
    case sampleRate = "sample_rate"
    case clippedSamples = "clipped_samples"
  }

  /// Lengths in seconds.
  struct Durations: Encodable {
    /// What the user asked for, if anything.
    let requested: Double?
    /// Of the video that was read.
    let video: Double?
    /// Of the video by its index, where the file breaks off before that.
    let stated: Double?
    /// For which the video was played on, backwards and forwards, to fill the last window.
    let mirrored: Double?
    /// Of the sound.
    let produced: Double
  }

  /// The file.
  let output: String
  /// Counted from 1.
  let take: Int
  let settings: SoundRecord
  /// What of the prompts was not read; nil for nothing.
  let unread: UnreadWords?
  let durations: Durations
  /// Windows that were made together.
  let windows: Int
  /// Samples per second.
  let sampleRate: Int
  /// Integrated loudness in LUFS, where one was asked for.
  let loudness: Double?
  /// How many samples were outside [-1, 1].
  let clippedSamples: Int
  /// Seconds by stage, and in all, for all takes together.
  let seconds: [String: Double]
  /// What was written.
  let sound: FinishedSound
  /// Seconds by stage in the order of the stages.
  let stages: [(name: String, seconds: Double)]

  /// - Parameters:
  ///   - output: where it was written
  ///   - take: counted from 0
  ///   - sound: all takes
  ///   - written: what became of this one
  ///   - settings: how the take was made
  ///   - unread: what of the prompts was not read
  ///   - timings: of the run
  init(
    output: String, take: Int, of sound: GeneratedSound, _ written: WrittenSound,
    settings: SoundRecord, unread: UnreadWords?, _ timings: StageTimings
  ) {
    self.output = output
    self.take = take + 1
    self.settings = settings
    self.unread = unread
    durations = Durations(
      requested: settings.request.seconds, video: sound.video?.videoSeconds,
      stated: sound.breakOff?.stated,
      mirrored: sound.video?.mirroredSeconds, produced: sound.takes[take].seconds)
    windows = sound.windows
    self.sound = written.finished
    sampleRate = written.finished.sampleRate
    loudness = written.finished.loudness
    clippedSamples = written.clippedSamples
    stages = timings.stages.map { ($0.stage.rawValue, $0.seconds) }
    let all = stages.map { ($0.name, $0.seconds) } + [("total", timings.total)]
    seconds = Dictionary(uniqueKeysWithValues: all)
      .mapValues { ($0 * 1000).rounded() / 1000 }
  }
}
