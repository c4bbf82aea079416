internal import CFFmpeg

/// Owns an encoder of sound and the one frame and packet that pass through it.
struct SoundTrackEncoder: ~Copyable {
  let context: UnsafeMutablePointer<AVCodecContext>
  /// Of the sound that goes in.
  let form: SoundForm
  private let frame: UnsafeMutablePointer<AVFrame>
  /// What ``receive()`` got last.
  let packet: UnsafeMutablePointer<AVPacket>

  /// Samples that go into one packet.
  var frameSize: Int { context.pointee.frame_size > 0 ? Int(context.pointee.frame_size) : 1024 }
  /// One tick a sample.
  var timeBase: AVRational { context.pointee.time_base }

  /// - Parameters:
  ///   - name: libavcodec's name of an encoder that takes floats
  ///   - form: of the sound
  ///   - bitRate: bits per second
  ///   - hasHeader: whether the container keeps the codec's header apart from the packets
  /// - Throws: that the encoder is missing or refuses the form
  init(
    name: String, form: SoundForm, bitRate: Int, hasHeader: Bool
  ) throws(FFmpegFailure) {
    var context = avcodec_alloc_context3(avcodec_find_encoder_by_name(name))
    var frame = av_frame_alloc()
    var packet = av_packet_alloc()
    var status = mmaudio_averror_enomem
    if let context {
      mmaudio_set_speakers(context, form.speakers)
      context.pointee.sample_fmt = name == "aac" ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_FLT
      context.pointee.sample_rate = Int32(clamping: form.sampleRate)
      context.pointee.time_base = AVRational(num: 1, den: Int32(clamping: form.sampleRate))
      context.pointee.bit_rate = Int64(bitRate)
      if hasHeader { context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
      status = avcodec_open2(context, nil, nil)
    }
    guard status >= 0, let ownContext = context, let ownFrame = frame, let ownPacket = packet else {
      avcodec_free_context(&context)
      av_frame_free(&frame)
      av_packet_free(&packet)
      throw FFmpegFailure(code: status)
    }
    self.context = ownContext
    self.form = form
    self.frame = ownFrame
    self.packet = ownPacket
  }

  deinit {
    var context: UnsafeMutablePointer<AVCodecContext>? = context
    var frame: UnsafeMutablePointer<AVFrame>? = frame
    var packet: UnsafeMutablePointer<AVPacket>? = packet
    avcodec_free_context(&context)
    av_frame_free(&frame)
    av_packet_free(&packet)
  }

  /// Encodes ``frameSize`` frames, or fewer at the end, heard from tick `time` on.
  func send(_ frames: [SoundFrame], time: Int64) throws(FFmpegFailure) {
    // Typed throws do not pass through `withUnsafeBytes` of older standard libraries.
    let status = frames.withUnsafeBytes { bytes in
      // Safe: a frame is eight floats, and the shim reads those of the encoder's channels.
      mmaudio_fill_frame(
        frame, context, bytes.assumingMemoryBound(to: Float.self).baseAddress,
        Int32(SoundFrame.scalarCount), Int32(frames.count))
    }
    try FFmpegFailure.check(status)
    frame.pointee.pts = time
    try FFmpegFailure.check(avcodec_send_frame(context, frame))
  }

  /// Asks for what is still inside.
  func flush() throws(FFmpegFailure) {
    try FFmpegFailure.check(avcodec_send_frame(context, nil))
  }

  /// Gets one more packet, if there is one; the first begins before the first sample by the
  /// encoder's delay, which players cut off.
  func receive() throws(FFmpegFailure) -> Bool {
    let status = avcodec_receive_packet(context, packet)
    if status == mmaudio_averror_eagain || status == mmaudio_averror_eof { return false }
    try FFmpegFailure.check(status)
    return true
  }
}
