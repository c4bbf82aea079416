internal import CFFmpeg

/// When a video's pictures begin and end on the file's clock.
struct VideoSpan: Sendable {
  /// Seconds at which the first picture appears.
  let start: Double
  /// Seconds at which the last picture goes away.
  let end: Double
  /// Why reading ended before the file did, in FFmpeg's words.
  let breakOff: String?

  /// Reads all packets of the first moving pictures, and decodes none.
  init(path: String) throws {
    let demuxer = try Demuxer(path: path)
    let none = mmaudio_av_nopts_value
    let base = demuxer.stream.pointee.time_base
    var packet = av_packet_alloc()
    defer { av_packet_free(&packet) }
    guard let packet else { throw MediaError.notMedia(path: path, reason: "no memory is left") }
    let rate = demuxer.frameRate ?? 25
    let frame = Int64((Double(base.den) / (Double(base.num) * rate)).rounded())
    var (first, last) = (Int64.max, Int64.min)
    var status = av_read_frame(demuxer.container, packet)
    while status >= 0 {
      let packetStart = packet.pointee.pts != none ? packet.pointee.pts : packet.pointee.dts
      // An edit list may hide pictures that others are decoded from.
      if packet.pointee.stream_index == demuxer.stream.pointee.index, packetStart != none,
        packet.pointee.flags & AV_PKT_FLAG_DISCARD == 0
      {
        let duration = packet.pointee.duration > 0 ? packet.pointee.duration : frame
        first = min(first, packetStart)
        last = max(last, packetStart &+ duration)
      }
      av_packet_unref(packet)
      status = av_read_frame(demuxer.container, packet)
    }
    guard first < last else { throw MediaError.noFrames(path: path) }
    start = Double(first) * Double(base.num) / Double(base.den)
    end = Double(last) * Double(base.num) / Double(base.den)
    breakOff = status == mmaudio_averror_eof ? nil : ffmpegText(status)
  }
}
