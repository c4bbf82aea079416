internal import CFFmpeg

/// Writes a copy of a video that has the new sound in it.
///
/// Pictures, subtitles, chapters and metadata are copied packet by packet, none is encoded again. The copy
/// begins with the first picture that is shown, whatever the input's clock says then, and so does the sound,
/// which ends with the last picture. All that can be known to fail is
/// checked when the muxer is made, before there is a sound.
public struct VideoMuxer: Sendable {
  /// What becomes of the sound that the video has already.
  public enum OriginalAudio: String, CaseIterable, Sendable, Codable {
    /// It is left out.
    case drop
    /// It follows the new sound as a track of its own.
    case keep
    /// The track that players would play is added to the new sound.
    case mix
  }

  /// What of the input the output will not have, one stream each, in words for the user.
  public let leftOut: [String]
  private let input: String
  private let options: VideoOptions
  private let output: String
  private let originalAudio: OriginalAudio
  private let mixGain: Double
  /// Of the input's sound, if that is mixed.
  private let originalForm: SoundForm?
  private let container: MuxContainer
  private let plan: MuxPlan
  private let span: VideoSpan

  /// Checks that the video can be written, and reads it once to find out how long its pictures last.
  ///
  /// - Parameters:
  ///   - input: a video on this machine
  ///   - options: which of its videos is meant
  ///   - output: where the copy goes, or ``StandardOutput/path``
  ///   - format: one of ``formats``; nil takes the output's extension
  ///   - originalAudio: what becomes of the input's sound
  ///   - mixGain: decibels by which the input's sound is made louder when it is mixed
  /// - Throws: `MediaError` if the input cannot be read, `MuxError` if the output's container cannot
  ///   hold what is in it, `OutputError` if the output cannot be created
  public init(
    input: String, options: VideoOptions = VideoOptions(), output: String, format: String? = nil,
    originalAudio: OriginalAudio = .drop, mixGain: Double = 0
  ) throws {
    let name = format ?? pathExtension(of: output)
    guard let container = MuxContainer.named(name) else {
      throw MuxError.unknownExtension(path: output, found: name, supported: Self.formats)
    }
    guard mixGain.isFinite else { throw MuxError.gain(found: mixGain) }
    let demuxer = try Demuxer(path: input, options: options, skipsOthers: false)
    plan = try MuxPlan(
      demuxer, into: container, keepsSound: originalAudio == .keep, path: output)
    guard avcodec_find_encoder_by_name(container.encoder) != nil else {
      throw MuxError.noEncoder(path: output, encoder: container.encoder)
    }
    originalForm =
      originalAudio == .mix && plan.hasSound
      ? try Self.checkedForm(path: input, options: options) : nil
    span = try VideoSpan(path: input, options: options)
    let edits =
      span.hidden == 0 || container.isQuickTime
      ? []
      : [
        "the edit that hides its first \(span.hidden) pictures, which \(container.fileExtension) cannot "
          + "hold and shows for a moment"
      ]
    leftOut = plan.leftOut + edits
    try AtomicFile.check(path: output, orStandardOutput: true)
    self.input = input
    self.options = options
    self.output = output
    self.originalAudio = originalAudio
    self.mixGain = mixGain
    self.container = container
  }

  /// The form of a file's sound, which can be decoded.
  private static func checkedForm(path: String, options: VideoOptions) throws -> SoundForm {
    let form = try OriginalSound.form(path: path, options: options) ?? .mono(48_000)
    _ = try OriginalSound(path: path, options: options, form: form, start: 0)
    return form
  }

  /// The names of the containers that can be written, as extensions have them.
  public static let formats = MuxContainer.all.map(\.fileExtension)

  /// Whether an output is a video.
  ///
  /// - Parameters:
  ///   - path: the output's
  ///   - format: what it is to be; nil takes the path's extension
  /// - Returns: whether that is one of ``formats``
  public static func handles(_ path: String, format: String? = nil) -> Bool {
    formats.contains(format ?? pathExtension(of: path))
  }

  /// Tells whether the container's sound can have a rate, before there is one.
  ///
  /// - Parameter sampleRate: samples per second
  /// - Throws: `MuxError` that it cannot
  public func check(sampleRate: Int) throws { _ = try encoder(sampleRate: sampleRate) }

  /// Writes the video with its sound; the file appears complete or not at all.
  ///
  /// - Parameters:
  ///   - samples: mono, in [-1, 1]; what lies outside is clipped
  ///   - sampleRate: samples per second
  ///   - comment: goes into the file's metadata, as the synopsis if the input has a comment
  /// - Returns: how many samples were clipped, after mixing
  /// - Throws: `MuxError` if FFmpeg refuses the sound or a stream, `OutputError` if the file cannot be
  ///   written, `MediaError` if the input can no longer be read
  @discardableResult
  public func write(_ samples: [Float], sampleRate: Int, comment: String? = nil) throws -> Int {
    if let index = samples.firstIndex(where: { !$0.isFinite }) {
      throw MuxError.notFinite(path: output, index: index)
    }
    let file = try AtomicFile(path: output, orStandardOutput: true)
    let clipped: Int
    if let temporary = file.temporaryPath {
      clipped = try mux(samples, sampleRate: sampleRate, comment: comment, to: temporary)
    } else {
      // A muxer goes back to what it wrote, which a pipe cannot.
      let scratch = try ScratchFile(for: output)
      clipped = try mux(samples, sampleRate: sampleRate, comment: comment, to: scratch.path)
      try scratch.copy(to: file)
    }
    try file.commit()
    return clipped
  }

  private func mux(
    _ samples: [Float], sampleRate: Int, comment: String?, to path: String
  ) throws -> Int {
    let demuxer = try Demuxer(path: input, options: options, skipsOthers: false)
    let encoder = try encoder(sampleRate: sampleRate)
    let form = encoder.form
    let original =
      originalForm == nil
      ? nil : try OriginalSound(path: input, options: options, form: form, start: span.start)
    do throws(FFmpegFailure) {
      let sound = try MonoSound(samples: samples, sampleRate: sampleRate)
        .resampled(to: form.sampleRate)
      let track = SoundTrack(
        sound.samples, form: form, seconds: span.seconds, original: original, gain: mixGain)
      return try copy(demuxer, with: SoundStream(track, encoder), comment: comment, to: path)
    } catch {
      switch error.code {
      case mmaudio_averror_enospc: throw OutputError.diskFull(path: output)
      case mmaudio_averror_eio:
        throw OutputError.writeFailed(path: output, reason: ffmpegText(error.code))
      default: throw MuxError.refused(path: output, reason: ffmpegText(error.code))
      }
    }
  }

  /// An encoder of mono, or of the original's form with at least our rate, as near as it takes it.
  private func encoder(sampleRate: Int) throws -> SoundTrackEncoder {
    var form = originalForm ?? .mono(sampleRate)
    form.sampleRate = max(form.sampleRate, sampleRate)
    let bitRate = form.sampleRate > 32_000 ? 128_000 : 64_000
    form.sampleRate = container.sampleRate ?? form.sampleRate
    let forms = originalForm == nil ? [form] : form.alternatives
    var refusal = FFmpegFailure(code: mmaudio_averror_enomem)
    for form in forms {
      do throws(FFmpegFailure) {
        return try SoundTrackEncoder(
          name: container.encoder, form: form, bitRate: min(bitRate * form.channels, 512_000),
          hasHeader: true)
      } catch { refusal = error }
    }
    throw MuxError.sampleRate(
      path: output, sampleRate: sampleRate, reason: ffmpegText(refusal.code))
  }

  /// Copies all packets in the order of the file, and before each the sound that is heard until then.
  ///
  /// Returns how many samples of the sound were clipped.
  private func copy(
    _ demuxer: consuming Demuxer, with sound: consuming SoundStream, comment: String?,
    to path: String
  ) throws(FFmpegFailure) -> Int {
    let writer = try OutputContainer(container, path: path)
    var places = [Int32?](repeating: nil, count: Int(demuxer.container.pointee.nb_streams))
    var demuxer = demuxer
    var sound = sound
    var converters: [Int: SubtitleConverter] = [:]
    var timeline = OutputTimeline(span, in: container)
    for (order, index) in plan.copies.enumerated() {
      // Safe: the plan was made from the same file, and FFmpeg promises nb_streams entries.
      guard index < places.count, let source = demuxer.container.pointee.streams[index] else {
        throw FFmpegFailure(code: mmaudio_averror_eof)
      }
      let stream: UnsafeMutablePointer<AVStream>
      if plan.conversions.contains(index) {
        let converter = try SubtitleConverter(source, to: container.subtitleEncoder)
        converters[index] = converter
        stream = try writer.addCopy(of: source, by: converter)
      } else {
        stream = try writer.addCopy(of: source)
      }
      // A cover that became an attachment has no packets.
      if stream.pointee.codecpar.pointee.codec_type != AVMEDIA_TYPE_ATTACHMENT {
        places[index] = stream.pointee.index
      }
      // Players show the pictures that the new sound is for, and play that.
      if order == 0 {
        stream.pointee.disposition |= AV_DISPOSITION_DEFAULT
      } else if [AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO].contains(
        stream.pointee.codecpar.pointee.codec_type)
      {
        stream.pointee.disposition &= ~AV_DISPOSITION_DEFAULT
      }
      // The new sound stands right after the pictures, in front of any other.
      if order == 0 { try sound.addStream(to: writer) }
    }
    try FFmpegFailure.check(
      mmaudio_copy_chapters(writer.context, demuxer.container, span.first, span.timeBase))
    let storesAnyKey = try FileMetadata.copy(
      to: writer.context, from: demuxer.container, adding: comment, format: container.format)
    try writer.writeHeader(storesAnyKey: storesAnyKey)

    var packet = av_packet_alloc()
    defer { av_packet_free(&packet) }
    guard let packet else { throw FFmpegFailure(code: mmaudio_averror_enomem) }
    while demuxer.readAny(into: packet) {
      let index = Int(packet.pointee.stream_index)
      // Safe: FFmpeg gives every packet the index of a stream.
      guard index < places.count, let place = places[index],
        let source = demuxer.container.pointee.streams[index]
      else {
        av_packet_unref(packet)
        continue
      }
      let base = source.pointee.time_base
      if index == Int(demuxer.stream.pointee.index) {
        timeline.place(picture: packet)
        if packet.pointee.dts != mmaudio_av_nopts_value {
          try sound.write(
            to: writer, until: Double(packet.pointee.dts) * Double(base.num) / Double(base.den))
        }
      } else if !timeline.place(packet, of: source) {
        av_packet_unref(packet)
        continue
      }
      if let converter = converters[index], try !converter.convert(packet) {
        av_packet_unref(packet)
        continue
      }
      packet.pointee.stream_index = place
      try writer.write(packet, timeBase: base)
    }
    try sound.write(to: writer, until: .infinity)
    try writer.finish()
    return sound.clippedSamples
  }
}
