internal import CFFmpeg

/// Turns subtitles of one text format into those of another, by way of FFmpeg's own form of them.
final class SubtitleConverter {
  private let decoder: UnsafeMutablePointer<AVCodecContext>
  private let encoder: UnsafeMutablePointer<AVCodecContext>

  /// - Parameters:
  ///   - source: a stream of subtitles
  ///   - name: libavcodec's name of an encoder of text
  /// - Throws: that they are pictures, or that this FFmpeg cannot convert them
  init(_ source: UnsafeMutablePointer<AVStream>, to name: String) throws(FFmpegFailure) {
    guard let parameters = source.pointee.codecpar,
      let descriptor = avcodec_descriptor_get(parameters.pointee.codec_id),
      descriptor.pointee.props & AV_CODEC_PROP_TEXT_SUB != 0,
      let decoder = avcodec_find_decoder(parameters.pointee.codec_id),
      let encoder = avcodec_find_encoder_by_name(name)
    else { throw FFmpegFailure(code: mmaudio_averror_eof) }
    var reading = avcodec_alloc_context3(decoder)
    var writing = avcodec_alloc_context3(encoder)
    var status = mmaudio_averror_enomem
    if let reading, let writing {
      status = avcodec_parameters_to_context(reading, parameters)
      reading.pointee.pkt_timebase = source.pointee.time_base
      if status >= 0 { status = avcodec_open2(reading, decoder, nil) }
      writing.pointee.time_base = AVRational(num: 1, den: 1000)
      if status >= 0 { status = mmaudio_copy_subtitle_header(writing, reading) }
      if status >= 0 { status = avcodec_open2(writing, encoder, nil) }
    }
    guard status >= 0, let ownDecoder = reading, let ownEncoder = writing else {
      avcodec_free_context(&reading)
      avcodec_free_context(&writing)
      throw FFmpegFailure(code: status)
    }
    self.decoder = ownDecoder
    self.encoder = ownEncoder
  }

  deinit {
    var (decoder, encoder):
      (UnsafeMutablePointer<AVCodecContext>?, UnsafeMutablePointer<AVCodecContext>?) =
        (decoder, encoder)
    avcodec_free_context(&decoder)
    avcodec_free_context(&encoder)
  }

  /// Gives a stream of the output its codec.
  func describe(_ stream: UnsafeMutablePointer<AVStream>) throws(FFmpegFailure) {
    try FFmpegFailure.check(avcodec_parameters_from_context(stream.pointee.codecpar, encoder))
    stream.pointee.time_base = encoder.pointee.time_base
  }

  /// Puts the words of a packet into the other format; its times stay.
  ///
  /// - Parameter packet: of the source
  /// - Returns: whether there are any words; such a packet is not to be written if not
  /// - Throws: that no memory is left
  func convert(_ packet: UnsafeMutablePointer<AVPacket>) throws(FFmpegFailure) -> Bool {
    var subtitle = AVSubtitle()
    var isWhole: Int32 = 0
    // A line that is damaged costs no others.
    guard avcodec_decode_subtitle2(decoder, &subtitle, &isWhole, packet) >= 0, isWhole != 0 else {
      return false
    }
    defer { avsubtitle_free(&subtitle) }
    subtitle.end_display_time &-= subtitle.start_display_time
    subtitle.start_display_time = 0
    // More than a screen holds.
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let size = avcodec_encode_subtitle(encoder, &bytes, Int32(bytes.count), &subtitle)
    guard size > 0 else { return false }
    try FFmpegFailure.check(mmaudio_replace_data(packet, bytes, size))
    return true
  }
}
