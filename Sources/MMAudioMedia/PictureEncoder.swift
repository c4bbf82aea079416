internal import CFFmpeg

/// Writes pictures as PNG or JPEG files in memory.
public enum PictureEncoder {
  /// A PNG of pixels that are numbers of colours.
  ///
  /// - Parameters:
  ///   - indices: `[height, width]`
  ///   - width: pixels across
  ///   - palette: at most 256 colours, `0xRRGGBB`
  /// - Returns: the file
  /// - Throws: that this FFmpeg cannot write PNG
  public static func png(
    _ indices: [UInt8], width: Int, palette: [UInt32]
  ) throws(PictureError) -> [UInt8] {
    precondition(
      width > 0 && indices.count > 0 && indices.count % width == 0 && palette.count <= 256,
      "PictureEncoder: \(indices.count) pixels in rows of \(width), \(palette.count) colours")
    let height = indices.count / width
    return try file("png", AV_PIX_FMT_PAL8, width: width, height: height) { frame in
      guard let rows = frame.pointee.data.0, let colours = frame.pointee.data.1 else {
        return mmaudio_averror_enomem
      }
      // Safe: FFmpeg made room for `height` rows of at least `width` bytes and for 256 colours.
      for row in 0..<height {
        for column in 0..<width {
          rows[row * Int(frame.pointee.linesize.0) + column] = indices[row * width + column]
        }
      }
      colours.withMemoryRebound(to: UInt32.self, capacity: 256) { colours in
        for index in 0..<256 {
          colours[index] = 0xFF00_0000 | (index < palette.count ? palette[index] : 0)
        }
      }
      return 0
    }
  }

  /// A JPEG of a picture, scaled.
  ///
  /// - Parameters:
  ///   - picture: any
  ///   - width: pixels across
  ///   - height: pixels down
  /// - Returns: the file
  /// - Throws: that this FFmpeg cannot write JPEG
  public static func jpeg(
    _ picture: RGBFrame, width: Int, height: Int
  ) throws(PictureError) -> [UInt8] {
    precondition(width > 0 && height > 0, "PictureEncoder: \(width) x \(height)")
    return try file("mjpeg", AV_PIX_FMT_YUVJ420P, width: width, height: height) { frame in
      // Safe: the array outlives the call and has `height` rows.
      mmaudio_scale_rgb(
        picture.bytes, Int32(picture.bytesPerRow), Int32(picture.width), Int32(picture.height),
        frame)
    }
  }

  /// Encodes the one picture that `fill` draws; it returns a negative error if it cannot.
  private static func file(
    _ name: String, _ format: AVPixelFormat, width: Int, height: Int,
    fill: (UnsafeMutablePointer<AVFrame>) -> Int32
  ) throws(PictureError) -> [UInt8] {
    var context = avcodec_alloc_context3(avcodec_find_encoder_by_name(name))
    var frame = av_frame_alloc()
    var packet = av_packet_alloc()
    defer {
      avcodec_free_context(&context)
      av_frame_free(&frame)
      av_packet_free(&packet)
    }
    func check(_ status: Int32) throws(PictureError) {
      guard status >= 0 else { throw .refused(encoder: name, reason: ffmpegText(status)) }
    }
    guard let context, let frame, let packet, context.pointee.codec != nil else {
      throw .refused(encoder: name, reason: "it lacks the encoder")
    }
    context.pointee.width = Int32(width)
    context.pointee.height = Int32(height)
    context.pointee.pix_fmt = format
    context.pointee.time_base = AVRational(num: 1, den: 25)
    context.pointee.flags |= AV_CODEC_FLAG_QSCALE
    context.pointee.global_quality = 4 * FF_QP2LAMBDA
    try check(avcodec_open2(context, nil, nil))
    frame.pointee.width = context.pointee.width
    frame.pointee.height = context.pointee.height
    frame.pointee.format = format.rawValue
    frame.pointee.quality = context.pointee.global_quality
    try check(av_frame_get_buffer(frame, 0))
    try check(fill(frame))
    try check(avcodec_send_frame(context, frame))
    try check(avcodec_send_frame(context, nil))
    try check(avcodec_receive_packet(context, packet))
    // Safe: FFmpeg filled `size` bytes.
    return Array(
      UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size)))
  }
}

/// Why a picture cannot be written.
public enum PictureError: Error, Equatable, CustomStringConvertible {
  /// FFmpeg's encoder is missing or fails; `reason` is FFmpeg's.
  case refused(encoder: String, reason: String)

  /// One line: what happened, what was expected, what to do.
  public var description: String {
    switch self {
    case .refused(let encoder, let reason):
      "this FFmpeg cannot write pictures with \(encoder) (\(reason)), expected one that does; "
        + "install another, or leave out --report"
    }
  }
}
