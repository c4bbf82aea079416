internal import CFFmpeg
import Foundation

/// Owns an open container and the choice of one of its streams.
struct Demuxer: ~Copyable {
  let container: UnsafeMutablePointer<AVFormatContext>
  /// The first stream of the kind that was asked for; lives as long as the container.
  let stream: UnsafeMutablePointer<AVStream>

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: a file on this machine, or ``StandardInput/path``
  ///   - kind: the first stream of this kind becomes ``stream``; with nil the first of any
  ///   - skipsOthers: whether packets of other streams are not even read
  /// - Throws: what is wrong with the file
  init(
    path: String, kind: AVMediaType? = AVMEDIA_TYPE_VIDEO, skipsOthers: Bool = true
  ) throws(MediaError) {
    let place = try StandardInput.place(of: path)
    try Self.check(place, path: path)
    // FFmpeg reports through return values too; its log would mix with our one line on stderr.
    av_log_set_level(AV_LOG_QUIET)
    var opened: UnsafeMutablePointer<AVFormatContext>?
    // A playlist among the inputs must not make us open network connections.
    var options: OpaquePointer?
    av_dict_set(&options, "protocol_whitelist", "file,crypto,data", 0)
    // Most containers cannot store a packet without the time that AVI and its like do not state.
    if !skipsOthers { av_dict_set(&options, "fflags", "+genpts", 0) }
    defer { av_dict_free(&options) }
    // "file:" keeps a colon in the name from being taken for a protocol.
    let status = avformat_open_input(&opened, "file:" + place, nil, &options)
    guard status >= 0, let container = opened else {
      throw .notMedia(path: path, reason: ffmpegText(status))
    }
    let picked: UnsafeMutablePointer<AVStream>
    do throws(MediaError) {
      picked = try Self.pickStream(
        container, kind: kind, skipsOthers: skipsOthers, path: path)
    } catch {
      avformat_close_input(&opened)
      throw error
    }
    self.container = container
    stream = picked
  }

  deinit {
    var closing: UnsafeMutablePointer<AVFormatContext>? = container
    avformat_close_input(&closing)
  }

  /// Seconds of the whole file, if the container says so.
  var duration: Double? {
    let duration = container.pointee.duration
    return duration > 0 ? Double(duration) / Double(AV_TIME_BASE) : nil
  }

  /// Whether the file is one picture of a format that has no time.
  var isStillImage: Bool {
    let format = String(cString: container.pointee.iformat.pointee.name)
    return format.hasSuffix("_pipe") || format == "image2"
  }

  /// Frames per second as the container or the codec states them, if they do.
  var frameRate: Double? {
    let rate = av_guess_frame_rate(container, stream, nil)
    return rate.num > 0 && rate.den > 0 ? Double(rate.num) / Double(rate.den) : nil
  }

  /// The timestamp at which the file begins, in ticks of the stream's time base.
  ///
  /// It is 0, as the reference takes it to be, unless the container's clock may start anywhere. A
  /// transport stream's does: its first picture may carry any time of day, and the reference would
  /// repeat that picture until then, or see none at all.
  var firstTimestamp: Int64 {
    let start = container.pointee.start_time
    guard start != mmaudio_av_nopts_value,
      container.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0
    else { return 0 }
    return av_rescale_q(start, AVRational(num: 1, den: AV_TIME_BASE), stream.pointee.time_base)
  }

  /// Reads the next packet of the chosen stream; false at the end, or where the file breaks off.
  func read(into packet: UnsafeMutablePointer<AVPacket>) -> Bool {
    while av_read_frame(container, packet) >= 0 {
      if packet.pointee.stream_index == stream.pointee.index { return true }
      av_packet_unref(packet)
    }
    return false
  }

  /// What the system can tell about the place of a file, in better words than FFmpeg's.
  private static func check(_ place: String, path: String) throws(MediaError) {
    var info = stat()
    guard stat(place, &info) == 0 else {
      let code = errno
      guard code != ENOENT && code != ENOTDIR else {
        throw path.contains("://") ? .address(path: path) : .missing(path: path)
      }
      throw .unreadable(path: path, reason: systemText(code))
    }
    let kind = info.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw .folder(path: path) }
    guard access(place, R_OK) == 0 else {
      throw .unreadable(path: path, reason: systemText(errno))
    }
    guard kind != S_IFREG || info.st_size > 0 else { throw .empty(path: path) }
  }

  /// Finds the stream and, if asked to, tells the container to skip all others.
  private static func pickStream(
    _ container: UnsafeMutablePointer<AVFormatContext>, kind: AVMediaType?, skipsOthers: Bool,
    path: String
  ) throws(MediaError) -> UnsafeMutablePointer<AVStream> {
    // FFmpeg would draw a text file as a terminal does.
    guard String(cString: container.pointee.iformat.pointee.name) != "tty" else {
      throw .notMedia(path: path, reason: "it is text")
    }
    let status = avformat_find_stream_info(container, nil)
    guard status >= 0 else { throw .notMedia(path: path, reason: ffmpegText(status)) }
    guard container.pointee.nb_streams > 0 else {
      throw .notMedia(path: path, reason: "its index is cut off or empty")
    }
    var found: UnsafeMutablePointer<AVStream>?
    for index in 0..<Int(container.pointee.nb_streams) {
      // Safe: FFmpeg promises nb_streams entries.
      guard let stream = container.pointee.streams[index],
        let parameters = stream.pointee.codecpar
      else { continue }
      if found == nil, kind == nil || parameters.pointee.codec_type == kind,
        stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
      {
        found = stream
      } else if skipsOthers {
        stream.pointee.discard = AVDISCARD_ALL
      }
    }
    guard let found else { throw .noVideo(path: path) }
    return found
  }
}

/// FFmpeg's own words for an error code.
func ffmpegText(_ code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 128)
  av_strerror(code, &buffer, buffer.count)
  let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  return String(decoding: text, as: UTF8.self)
}
