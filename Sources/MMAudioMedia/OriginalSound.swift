internal import CFFmpeg

/// Reads the sound of a video that players would play, aligned with its pictures, from front to back.
struct OriginalSound: ~Copyable {
  private var demuxer: Demuxer
  private var decoder: StreamDecoder
  private var resampler: SoundResampler?
  private let form: SoundForm
  private var sampleRate: Int { form.sampleRate }
  private let start: Double
  /// Decoded frames that nobody took yet; the first belongs to frame `taken`.
  private var pending: [SoundFrame] = []
  private var taken = 0
  /// Decoded frames to come that lie before what is wanted.
  private var skip = 0
  private var isAtEnd = false

  /// - Parameters:
  ///   - path: a file with sound
  ///   - options: which of its videos it is in time with
  ///   - form: of what comes out
  ///   - start: seconds on the file's clock at which the first frame is heard
  /// - Throws: that the sound cannot be read or decoded
  init(
    path: String, options: VideoOptions = VideoOptions(), form: SoundForm, start: Double
  ) throws {
    let demuxer = try Demuxer(path: path, options: options, kind: AVMEDIA_TYPE_AUDIO)
    let decoder = try Self.decoder(demuxer.stream, path: path)
    self.init(demuxer, decoder, form: form, start: start)
  }

  /// Apart from what can fail: a struct that cannot be copied has no part of itself set before it is sure to
  /// be made whole, which Swift 6.2 gets wrong.
  private init(
    _ demuxer: consuming Demuxer, _ decoder: consuming StreamDecoder, form: SoundForm,
    start: Double
  ) {
    self.demuxer = demuxer
    self.decoder = decoder
    self.form = form
    self.start = start
  }

  /// The sound's own form, as far as it can be kept; nil if the file does not say.
  ///
  /// - Parameters:
  ///   - path: a file with sound
  ///   - options: which of its videos it is in time with
  /// - Returns: its rate and loudspeakers
  /// - Throws: that the sound cannot be read
  static func form(path: String, options: VideoOptions) throws(MediaError) -> SoundForm? {
    let demuxer = try Demuxer(path: path, options: options, kind: AVMEDIA_TYPE_AUDIO)
    guard let parameters = demuxer.stream.pointee.codecpar else { return nil }
    let speakers = mmaudio_stream_speakers(parameters)
    guard speakers != 0, parameters.pointee.sample_rate > 0 else { return nil }
    return SoundForm(sampleRate: Int(parameters.pointee.sample_rate), speakers: speakers)
  }

  private static func decoder(
    _ stream: UnsafeMutablePointer<AVStream>, path: String
  ) throws -> StreamDecoder {
    do throws(MediaError) {
      return try StreamDecoder(stream, path: path)
    } catch {
      guard case .noDecoder(_, let codec, let reason) = error else { throw error }
      throw MuxError.noDecoder(path: path, codec: codec, reason: reason)
    }
  }

  /// The next `count` frames, zeros where the file has none.
  mutating func next(_ count: Int) -> [SoundFrame] {
    while pending.count < count && !isAtEnd { decodeMore() }
    var block = Array(pending.prefix(count))
    pending.removeFirst(block.count)
    block.append(contentsOf: repeatElement(.zero, count: count - block.count))
    taken += count
    return block
  }

  private mutating func decodeMore() {
    guard decoder.next(from: &demuxer) else {
      isAtEnd = true
      if let rest = resampler?.convert(nil) { pending.append(contentsOf: rest) }
      return
    }
    let frame = decoder.frame
    let isNew = resampler?.takes(frame) != true
    if isNew { resampler = SoundResampler(like: frame, to: form) }
    align(to: frame, exactly: isNew)
    guard let samples = resampler?.convert(frame) else { return }
    // What lies before the beginning was only needed to fill the resampler.
    let early = min(skip, samples.count)
    skip -= early
    pending.append(contentsOf: samples.dropFirst(early))
  }

  /// Follows the file's clock: silence where it has a gap, nothing where it repeats itself.
  private mutating func align(to frame: UnsafePointer<AVFrame>, exactly: Bool) {
    let base = demuxer.stream.pointee.time_base
    guard let stamp = timestamp(of: frame), base.den > 0 else { return }
    let time = Double(stamp) * Double(base.num) / Double(base.den) - start
    let place = Int((min(max(time, -1e6), 1e6) * Double(sampleRate)).rounded())
    let missing = place - (taken + pending.count)
    // Timestamps of some containers are rounded to milliseconds, so that small gaps are none.
    guard exactly || abs(missing + skip) > sampleRate / 20 else { return }
    skip = max(0, -missing)
    // A gap of hours is a broken clock, and would fill the memory.
    pending.append(contentsOf: repeatElement(.zero, count: min(max(missing, 0), 60 * sampleRate)))
  }
}
