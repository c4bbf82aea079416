internal import CFFmpeg

/// The new sound on its way into a container: resampled, encoded and dated.
struct SoundStream: ~Copyable {
  private var track: SoundTrack
  private let trackRate: Int
  private let encoder: SoundTrackEncoder
  private var resampler: MonoResampler?
  private var index: Int32 = 0
  /// Samples at the encoder's rate that wait for a full frame.
  private var pending: [Float] = []
  private var isAtEnd = false
  /// The tick of the next sample, counted from the first picture.
  private var time: Int64 = 0

  /// - Parameters:
  ///   - track: what is heard
  ///   - sampleRate: samples per second of the track
  ///   - encoder: a new one
  init(
    _ track: consuming SoundTrack, sampleRate: Int, _ encoder: consuming SoundTrackEncoder
  ) {
    self.track = track
    trackRate = sampleRate
    self.encoder = encoder
  }

  /// How many samples have been clipped so far.
  var clippedSamples: Int { track.clippedSamples }

  /// Adds the stream to a container whose header is not yet written.
  mutating func addStream(to writer: borrowing OutputContainer) throws(FFmpegFailure) {
    let stream = try writer.addStream()
    try FFmpegFailure.check(
      avcodec_parameters_from_context(stream.pointee.codecpar, encoder.context))
    stream.pointee.time_base = encoder.timeBase
    stream.pointee.disposition = AV_DISPOSITION_DEFAULT
    index = stream.pointee.index
  }

  /// Writes what is heard within the first `seconds`; with infinity all the rest.
  mutating func write(
    to writer: borrowing OutputContainer, until seconds: Double
  ) throws(FFmpegFailure) {
    while !isAtEnd && Double(time) / Double(encoder.timeBase.den) < seconds {
      let block = try nextFrame()
      if block.isEmpty {
        isAtEnd = true
        try encoder.flush()
      } else {
        try encoder.send(block, time: time)
        time += Int64(block.count)
      }
      while try encoder.receive() {
        encoder.packet.pointee.stream_index = index
        try writer.write(encoder.packet, timeBase: encoder.timeBase)
      }
    }
  }

  /// Samples for one frame of the encoder; fewer only at the end, none after it.
  private mutating func nextFrame() throws(FFmpegFailure) -> [Float] {
    let size = encoder.frameSize
    while pending.count < size {
      let block = track.next(size)
      if encoder.timeBase.den == trackRate {
        pending.append(contentsOf: block)
      } else {
        pending.append(contentsOf: try resample(block))
      }
      if block.isEmpty { break }
    }
    let frame = Array(pending.prefix(size))
    pending.removeFirst(frame.count)
    return frame
  }

  private mutating func resample(_ block: [Float]) throws(FFmpegFailure) -> [Float] {
    guard !block.isEmpty else {
      let rest = resampler?.convert(nil) ?? []
      resampler = nil
      return rest
    }
    var frame = av_frame_alloc()
    defer { av_frame_free(&frame) }
    guard let frame else { throw FFmpegFailure(code: mmaudio_averror_enomem) }
    // Safe: the array outlives the call, which copies its samples.
    try FFmpegFailure.check(
      mmaudio_fill_mono(frame, AV_SAMPLE_FMT_FLT, Int32(trackRate), block, Int32(block.count)))
    if resampler == nil {
      resampler = MonoResampler(like: frame, sampleRate: Int(encoder.timeBase.den))
    }
    guard let samples = resampler?.convert(frame) else {
      throw FFmpegFailure(code: mmaudio_averror_enomem)
    }
    return samples
  }
}
