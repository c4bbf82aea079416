import MMAudio
import MMAudioMedia

/// Where a sound goes: into a file of its own, or into a copy of the video.
///
/// What can be known to fail is known when it is made, before minutes of work.
struct SoundOutput {
  let path: String
  private let file: File
  private let finish: SoundFinish

  private enum File {
    case sound(AudioWriter)
    case video(VideoMuxer)
  }

  /// An output whose format is asked for or named by its extension.
  ///
  /// - Parameters:
  ///   - path: where it goes
  ///   - request: has the video to copy, where the output is a video
  ///   - rate: of the sound
  ///   - settings: how to write it
  ///   - options: whether it may be a video, and replace a file
  /// - Throws: that it cannot be written so
  init(
    path: String, request: GenerationRequest, rate: AudioRate, settings: OutputSettings,
    options: OutputOptions
  ) throws {
    self.path = path
    finish = try SoundFinish(
      sampleRate: settings.sampleRate, peak: settings.peak, loudness: settings.loudness)
    try options.check(path, inputs: [request.video])
    let sampleRate = finish.sampleRate(for: rate.sampleRate)
    let format = options.formatName(of: path)
    guard VideoMuxer.handles(path, format: format) else {
      file = .sound(
        try AudioWriter(
          path: path, format: format, sampleRate: sampleRate,
          bitDepth: settings.bitDepth))
      return
    }
    guard !options.skipVideoComposite else { throw CommandError.soundAlone(path: path) }
    let reading = request.videoOptions
    guard let video = request.video, try !VideoReader(path: video, options: reading).isStillImage
    else {
      throw CommandError.noVideoToCopy(path: path)
    }
    let muxer = try VideoMuxer(
      input: video, options: reading, output: path, format: format,
      originalAudio: settings.originalAudio ?? .drop, mixGain: settings.mixGain ?? 0)
    try muxer.check(sampleRate: sampleRate)
    file = .video(muxer)
  }

  /// What of the video the output will not have.
  var leftOut: [String] {
    if case .video(let muxer) = file { muxer.leftOut } else { [] }
  }

  /// Finishes a sound and writes the file, which appears complete or not at all.
  ///
  /// - Parameters:
  ///   - sound: what is heard
  ///   - comment: in ASCII, what the sound was made with; left out where the file has no room for it
  /// - Returns: what is to be said about the file
  /// - Throws: that the samples are not finite, or that the file cannot be written
  func write(_ sound: Waveform, comment: String? = nil) throws -> WrittenSound {
    let finished = try finish.apply(to: sound.samples, sampleRate: sound.sampleRate)
    var notes = [finished.note].compactMap(\.self)
    let (clipped, remedy): (Int, String)
    switch file {
    case .sound(let writer):
      clipped = try writer.write(finished.samples, comment: comment)
      remedy = "pass --peak -1"
      if let comment, !writer.holds(comment: comment) {
        notes.append("'\(path)' has no room to say how it was made")
      }
    case .video(let muxer):
      clipped = try muxer.write(
        finished.samples, sampleRate: finished.sampleRate, comment: comment)
      remedy = "lower --mix-gain or pass --peak -1"
    }
    if clipped > 0 {
      notes.append("\(clipped) sample\(clipped == 1 ? " was" : "s were") clipped; \(remedy)")
    }
    return WrittenSound(finished: finished, clippedSamples: clipped, notes: notes)
  }
}

/// What became of a sound in a file.
struct WrittenSound {
  /// What was written.
  let finished: FinishedSound
  /// How many samples were outside [-1, 1].
  let clippedSamples: Int
  /// What did not go as it was meant to, in words for the user.
  let notes: [String]
}
