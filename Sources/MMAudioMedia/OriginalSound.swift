internal import CFFmpeg

/// Reads the first sound of a video, mono and aligned with its pictures, from front to back.
struct OriginalSound: ~Copyable {
  private let demuxer: Demuxer
  private var decoder: StreamDecoder
  private var resampler: MonoResampler?
  private let sampleRate: Int
  private let start: Double
  /// Decoded samples that nobody took yet; the first belongs to sample `taken`.
  private var pending: [Float] = []
  private var taken = 0
  /// Decoded samples to come that lie before what is wanted.
  private var skip = 0
  private var isAtEnd = false

  /// - Parameters:
  ///   - path: a file with sound
  ///   - sampleRate: samples per second that come out
  ///   - start: seconds on the file's clock at which the first sample is heard
  /// - Throws: that the sound cannot be read or decoded
  init(path: String, sampleRate: Int, start: Double) throws {
    let demuxer = try Demuxer(path: path, kind: AVMEDIA_TYPE_AUDIO)
    let decoder = try Self.decoder(demuxer.stream, path: path)
    self.init(demuxer, decoder, sampleRate: sampleRate, start: start)
  }

  /// Apart from what can fail: a struct that cannot be copied has no part of itself set before it is sure to
  /// be made whole, which Swift 6.2 gets wrong.
  private init(
    _ demuxer: consuming Demuxer, _ decoder: consuming StreamDecoder, sampleRate: Int, start: Double
  ) {
    self.demuxer = demuxer
    self.decoder = decoder
    self.sampleRate = sampleRate
    self.start = start
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

  /// The next `count` samples, zeros where the file has none.
  mutating func next(_ count: Int) -> [Float] {
    while pending.count < count && !isAtEnd { decodeMore() }
    var block = Array(pending.prefix(count))
    pending.removeFirst(block.count)
    block.append(contentsOf: repeatElement(0, count: count - block.count))
    taken += count
    return block
  }

  private mutating func decodeMore() {
    guard decoder.next(from: demuxer) else {
      isAtEnd = true
      if let rest = resampler?.convert(nil) { pending.append(contentsOf: rest) }
      return
    }
    let frame = decoder.frame
    let isNew = resampler?.takes(frame) != true
    if isNew { resampler = MonoResampler(like: frame, sampleRate: sampleRate) }
    align(to: frame, exactly: isNew)
    guard let samples = resampler?.convert(frame) else { return }
    // What lies before the beginning was only needed to fill the resampler.
    let early = min(skip, samples.count)
    skip -= early
    pending.append(contentsOf: samples.dropFirst(early))
  }

  /// Follows the file's clock: silence where it has a gap, nothing where it repeats itself.
  private mutating func align(to frame: UnsafePointer<AVFrame>, exactly: Bool) {
    let stamp =
      frame.pointee.pts != mmaudio_av_nopts_value
      ? frame.pointee.pts : frame.pointee.best_effort_timestamp
    let base = demuxer.stream.pointee.time_base
    guard stamp != mmaudio_av_nopts_value, base.den > 0 else { return }
    let time = Double(stamp) * Double(base.num) / Double(base.den) - start
    let place = Int((min(max(time, -1e6), 1e6) * Double(sampleRate)).rounded())
    let missing = place - (taken + pending.count)
    // Timestamps of some containers are rounded to milliseconds, so that small gaps are none.
    guard exactly || abs(missing + skip) > sampleRate / 20 else { return }
    skip = max(0, -missing)
    // A gap of hours is a broken clock, and would fill the memory.
    pending.append(contentsOf: repeatElement(0, count: min(max(missing, 0), 60 * sampleRate)))
  }
}
