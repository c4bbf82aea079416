internal import CFFmpeg

/// FFmpeg's number for a failure.
struct FFmpegFailure: Error {
  let code: Int32

  /// Throws if the status of an FFmpeg function says that it failed.
  @discardableResult
  static func check(_ status: Int32) throws(FFmpegFailure) -> Int32 {
    guard status >= 0 else { throw FFmpegFailure(code: status) }
    return status
  }
}

/// Owns a container that is being written, and its file.
struct OutputContainer: ~Copyable {
  let context: UnsafeMutablePointer<AVFormatContext>
  private let kind: MuxContainer
  private let isInMemory: Bool

  /// - Parameters:
  ///   - kind: what to write
  ///   - path: of a file to write over; nil keeps the bytes in memory, to try streams out
  /// - Throws: that FFmpeg lacks the format or cannot open the file
  init(_ kind: MuxContainer, path: String?) throws(FFmpegFailure) {
    // "file:" keeps a colon in the name from being taken for a protocol.
    let address = path.map { ("file:" + $0).systemPath }
    var made: UnsafeMutablePointer<AVFormatContext>?
    try FFmpegFailure.check(avformat_alloc_output_context2(&made, nil, kind.format, address))
    guard let context = made else { throw FFmpegFailure(code: mmaudio_averror_enomem) }
    let status =
      address.map { avio_open(&context.pointee.pb, $0, AVIO_FLAG_WRITE) }
      ?? avio_open_dyn_buf(&context.pointee.pb)
    guard status >= 0 else {
      avformat_free_context(context)
      throw FFmpegFailure(code: status)
    }
    // The encoder's delay begins before the first picture. Matroska would rather shift all streams
    // than have that, though a cluster's times are signed and readers know them.
    if kind.format == "matroska" { context.pointee.avoid_negative_ts = 0 }
    // Dolby Vision's configuration counts as unofficial.
    context.pointee.strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL
    self.context = context
    self.kind = kind
    isInMemory = address == nil
  }

  deinit {
    if isInMemory, context.pointee.pb != nil {
      var bytes: UnsafeMutablePointer<UInt8>?
      avio_close_dyn_buf(context.pointee.pb, &bytes)
      av_free(bytes)
    } else {
      avio_closep(&context.pointee.pb)
    }
    avformat_free_context(context)
  }

  /// Adds a stream that will get the packets of `source` as they are.
  func addCopy(
    of source: UnsafeMutablePointer<AVStream>
  ) throws(FFmpegFailure) -> UnsafeMutablePointer<AVStream> {
    let stream = try addStream()
    try FFmpegFailure.check(mmaudio_copy_stream(context, stream, source))
    if kind.attachesCovers, source.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0 {
      try FFmpegFailure.check(mmaudio_attach_cover(stream, source))
    }
    return stream
  }

  /// Adds a stream that will get the packets of `source` as a converter makes them.
  func addCopy(
    of source: UnsafeMutablePointer<AVStream>, by converter: SubtitleConverter
  ) throws(FFmpegFailure) -> UnsafeMutablePointer<AVStream> {
    let stream = try addStream()
    try converter.describe(stream)
    stream.pointee.disposition = source.pointee.disposition
    try FFmpegFailure.check(
      av_dict_copy(&stream.pointee.metadata, source.pointee.metadata, 0))
    return stream
  }

  /// Adds an empty stream.
  func addStream() throws(FFmpegFailure) -> UnsafeMutablePointer<AVStream> {
    guard let stream = avformat_new_stream(context, nil) else {
      throw FFmpegFailure(code: mmaudio_averror_enomem)
    }
    return stream
  }

  /// Has Matroska write AAC whose encoder's delay lies before 0, where players cut it off.
  ///
  /// FFmpeg 6.1 and later would else move the sound by the delay, and count it as a part of the file's length.
  func keepStart(of stream: UnsafeMutablePointer<AVStream>) {
    guard kind.format == "matroska", stream.pointee.codecpar.pointee.codec_id == AV_CODEC_ID_AAC
    else { return }
    stream.pointee.codecpar.pointee.initial_padding = 0
  }

  /// Writes what comes before the packets; from here on streams have their own time bases.
  func writeHeader(storesAnyKey: Bool = false) throws(FFmpegFailure) {
    var options: OpaquePointer?
    defer { av_dict_free(&options) }
    if kind.isQuickTime {
      // The index in front lets a player begin before it has the whole file.
      av_dict_set(
        &options, "movflags", storesAnyKey ? "+faststart+use_metadata_tags" : "+faststart", 0)
    }
    try FFmpegFailure.check(avformat_write_header(context, &options))
  }

  /// Takes over a packet with a stream index of this container and times in `timeBase`.
  func write(
    _ packet: UnsafeMutablePointer<AVPacket>, timeBase: AVRational
  ) throws(FFmpegFailure) {
    // Safe: callers use indices of streams that they added.
    let stream = context.pointee.streams[Int(packet.pointee.stream_index)]
    guard let stream else { return }
    av_packet_rescale_ts(packet, timeBase, stream.pointee.time_base)
    packet.pointee.pos = -1
    if !kind.isQuickTime {
      let (delay, none) = (mmaudio_matroska_delay(stream), mmaudio_av_nopts_value)
      if packet.pointee.pts != none { packet.pointee.pts += delay }
      if packet.pointee.dts != none { packet.pointee.dts += delay }
    }
    try FFmpegFailure.check(av_interleaved_write_frame(context, packet))
  }

  /// Writes the index and all that is still in memory.
  func finish() throws(FFmpegFailure) {
    try FFmpegFailure.check(av_write_trailer(context))
    avio_flush(context.pointee.pb)
    try FFmpegFailure.check(context.pointee.pb.pointee.error)
    try FFmpegFailure.check(avio_closep(&context.pointee.pb))
  }
}
