internal import CFFmpeg

/// Moves packets of a video from its file's clock to the output's, on which the first picture is shown at 0.
struct OutputTimeline {
  private let span: VideoSpan
  private let isQuickTime: Bool
  /// Pictures that have passed.
  private var pictures = 0
  /// When the last packet of each of the input's streams is decoded.
  private var decoded: [Int32: Int64] = [:]

  /// - Parameters:
  ///   - span: of the input
  ///   - container: of the output
  init(_ span: VideoSpan, in container: MuxContainer) {
    self.span = span
    isQuickTime = container.isQuickTime
  }

  /// Gives a picture's packet its times; they are in the time base of the input's stream.
  mutating func place(picture packet: UnsafeMutablePointer<AVPacket>) {
    defer { keepInOrder(packet) }
    if let order = span.order {
      order.place(packet, at: pictures)
      pictures += 1
      return
    }
    shift(packet, by: span.first)
    // QuickTime's edit list hides what is before 0. Matroska cannot hide a picture that others need to be
    // decoded, and FFmpeg reads no times before 0 from it; so such pictures pass in the moment of the first.
    guard !isQuickTime, packet.pointee.pts != mmaudio_av_nopts_value, packet.pointee.pts < 0
    else { return }
    packet.pointee.pts = 0
    packet.pointee.duration = 0
  }

  /// Gives a packet of another stream its times.
  ///
  /// - Parameters:
  ///   - packet: with the times of the input
  ///   - stream: the input's
  /// - Returns: whether any of it belongs to the time of the pictures
  mutating func place(
    _ packet: UnsafeMutablePointer<AVPacket>, of stream: UnsafeMutablePointer<AVStream>
  ) -> Bool {
    defer { keepInOrder(packet) }
    let base = stream.pointee.time_base
    shift(packet, by: av_rescale_q(span.first, span.timeBase, base))
    let none = mmaudio_av_nopts_value
    let start = packet.pointee.pts != none ? packet.pointee.pts : packet.pointee.dts
    guard start != none, base.den > 0 else { return true }
    let end = start &+ packet.pointee.duration
    if stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO {
      // QuickTime's edit list cuts off what is before 0. Elsewhere the packet that ends at 0 stays, which
      // codecs that overlap their packets need for the next one.
      return isQuickTime || end >= 0
    }
    let pictures = Int64(span.seconds * Double(base.den) / Double(base.num))
    guard start < pictures, end > 0 || start >= 0 else { return false }
    if start < 0 {
      // A subtitle that is shown already when the pictures begin.
      packet.pointee.pts = 0
      packet.pointee.dts = 0
      packet.pointee.duration = end
    }
    return true
  }

  /// Moves a packet that would be decoded before the one in front of it, which no container takes, to the next
  /// tick; files from broken recorders have some.
  private mutating func keepInOrder(_ packet: UnsafeMutablePointer<AVPacket>) {
    let none = mmaudio_av_nopts_value
    guard packet.pointee.dts != none else { return }
    if let latest = decoded[packet.pointee.stream_index], packet.pointee.dts <= latest {
      packet.pointee.dts = latest + 1
      if packet.pointee.pts != none { packet.pointee.pts = max(packet.pointee.pts, latest + 1) }
    }
    decoded[packet.pointee.stream_index] = packet.pointee.dts
  }

  private func shift(_ packet: UnsafeMutablePointer<AVPacket>, by origin: Int64) {
    let none = mmaudio_av_nopts_value
    if packet.pointee.pts != none { packet.pointee.pts &-= origin }
    if packet.pointee.dts != none { packet.pointee.dts &-= origin }
  }
}
