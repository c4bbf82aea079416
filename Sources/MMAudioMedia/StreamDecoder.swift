internal import CFFmpeg

/// Owns a decoder and the one packet and frame that pass through it.
struct StreamDecoder: ~Copyable {
  private let context: UnsafeMutablePointer<AVCodecContext>
  private let packet: UnsafeMutablePointer<AVPacket>
  /// The picture that ``next(from:)`` decoded last.
  let frame: UnsafeMutablePointer<AVFrame>
  /// The codec's name, such as `h264`.
  let codec: String
  /// The last packet that could not be decoded, as FFmpeg's error code.
  private(set) var failure: Int32?

  init(_ stream: UnsafeMutablePointer<AVStream>, path: String) throws(MediaError) {
    guard let parameters = stream.pointee.codecpar else { throw .noVideo(path: path) }
    let known = parameters.pointee.codec_id != AV_CODEC_ID_NONE
    let codec = known ? String(cString: avcodec_get_name(parameters.pointee.codec_id)) : "unknown"
    try VideoReader.check(
      Int(parameters.pointee.width), Int(parameters.pointee.height), path: path)
    guard let decoder = avcodec_find_decoder(parameters.pointee.codec_id) else {
      throw .noDecoder(path: path, codec: codec, reason: "it has no decoder for it")
    }
    var context = avcodec_alloc_context3(decoder)
    var packet = av_packet_alloc()
    var frame = av_frame_alloc()
    var status = mmaudio_averror_enomem
    if let context {
      status = avcodec_parameters_to_context(context, parameters)
      context.pointee.pkt_timebase = stream.pointee.time_base
      context.pointee.thread_count = 0
      // Pictures may grow after the header: this bounds them in the decoder.
      context.pointee.max_pixels = Int64(VideoReader.maximumPixels)
      if status >= 0 { status = avcodec_open2(context, decoder, nil) }
    }
    guard status >= 0, let ownContext = context, let ownPacket = packet, let ownFrame = frame else {
      avcodec_free_context(&context)
      av_packet_free(&packet)
      av_frame_free(&frame)
      throw .noDecoder(path: path, codec: codec, reason: ffmpegText(status))
    }
    self.context = ownContext
    self.packet = ownPacket
    self.frame = ownFrame
    self.codec = codec
  }

  deinit {
    var context: UnsafeMutablePointer<AVCodecContext>? = context
    var packet: UnsafeMutablePointer<AVPacket>? = packet
    var frame: UnsafeMutablePointer<AVFrame>? = frame
    avcodec_free_context(&context)
    av_packet_free(&packet)
    av_frame_free(&frame)
  }

  /// Decodes one more picture into ``frame``.
  ///
  /// Packets that fail are skipped, as players do: a scratch in a file should not cost its sound.
  ///
  /// - Parameters:
  ///   - demuxer: of the stream that is decoded
  ///   - body: sees every packet that is read for it, and may change it
  /// - Returns: false after the last
  mutating func next(
    from demuxer: inout Demuxer, _ body: (UnsafeMutablePointer<AVPacket>) -> Void = { _ in }
  ) -> Bool {
    var failuresInARow = 0
    while true {
      let status = avcodec_receive_frame(context, frame)
      if status >= 0 { return true }
      if status == mmaudio_averror_eof { return false }
      guard status == mmaudio_averror_eagain else {
        // Each thread may hold one broken picture; more than this would be a decoder gone mad.
        failure = status
        failuresInARow += 1
        if failuresInARow > 64 { return false }
        continue
      }
      failuresInARow = 0
      if demuxer.read(into: packet) {
        body(packet)
        let status = avcodec_send_packet(context, packet)
        if status < 0 { failure = status }
        av_packet_unref(packet)
      } else {
        // A null packet asks for what is still inside; afterwards it is an error, which ends this.
        guard avcodec_send_packet(context, nil) >= 0 else { return false }
      }
    }
  }

  /// Why there was no picture at all.
  func emptiness(path: String) -> MediaError {
    if let place = try? StandardInput.place(of: path), StillImage.isAnimatedWebP(place) {
      return .animatedWebP(path: path)
    }
    guard let failure else { return .noFrames(path: path) }
    return .undecodable(path: path, codec: codec, reason: ffmpegText(failure))
  }
}
