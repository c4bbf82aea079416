internal import CFFmpeg
import Foundation

/// Owns an open container and the choice of one of its streams.
struct Demuxer: ~Copyable {
  let container: UnsafeMutablePointer<AVFormatContext>
  /// The first stream of the kind that was asked for; lives as long as the container.
  let stream: UnsafeMutablePointer<AVStream>
  /// The pictures that all other streams are in time with, as long as the container.
  private let pictures: UnsafeMutablePointer<AVStream>?
  /// Nil if the file's clock runs on, as in all but transport streams and their like.
  private var clock: ContinuousClock?
  /// Whether packets do not say when they are decoded or shown, as in a raw stream of H.264, which the first
  /// of the pictures tells; each then gets its place in the order of the file, counted from 0.
  private(set) var isTimeless: Bool
  private var packets: Int64
  /// FFmpeg's reason for the end of reading; 0 before it.
  private(set) var endStatus: Int32

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
    let format = container.pointee.iformat.pointee.flags
    do throws(MediaError) {
      stream = try Self.pickStream(
        container, kind: kind, skipsOthers: skipsOthers, path: path)
    } catch {
      avformat_close_input(&opened)
      throw error
    }
    self.container = container
    pictures = Self.firstStream(container, AVMEDIA_TYPE_VIDEO)
    isTimeless = false
    packets = 0
    endStatus = 0
    guard let pictures, format & AVFMT_TS_DISCONT != 0 else {
      clock = nil
      return
    }
    // Sound that is read alone needs the pictures' packets to be in time with them.
    pictures.pointee.discard = AVDISCARD_DEFAULT
    clock = ContinuousClock(
      timeBase: pictures.pointee.time_base, frameRate: Self.frameRate(container, pictures))
  }

  deinit {
    var closing: UnsafeMutablePointer<AVFormatContext>? = container
    avformat_close_input(&closing)
  }

  /// Seconds on the file's clock at which the chosen stream ends, if the container's index says so.
  var statedEnd: Double? {
    let (stream, none) = (stream.pointee, mmaudio_av_nopts_value)
    guard isIndexed, stream.duration > 0 else { return nil }
    let ticks = stream.duration &+ (stream.start_time == none ? 0 : stream.start_time)
    return Double(ticks) * Double(stream.time_base.num) / Double(stream.time_base.den)
  }

  /// Seconds on the file's clock at which the longest stream ends, if the container says so.
  ///
  /// Some count from the file's first packet, some from 0; this is the earlier.
  var statedEndOfAll: Double? {
    guard isIndexed, container.pointee.duration > 0 else { return nil }
    return Double(container.pointee.duration) / Double(AV_TIME_BASE)
  }

  /// Whether durations are what the container states.
  ///
  /// A transport stream states none, and FFmpeg estimates them from its last times.
  private var isIndexed: Bool {
    clock == nil && !isTimeless
      && container.pointee.duration_estimation_method == AVFMT_DURATION_FROM_STREAM
  }

  /// Whether the file is one picture of a format that has no time.
  var isStillImage: Bool {
    let format = String(cString: container.pointee.iformat.pointee.name)
    return format.hasSuffix("_pipe") || format == "image2"
  }

  /// Frames per second as the container or the codec states them, if they do.
  var frameRate: Double? { Self.frameRate(container, stream) }

  private static func frameRate(
    _ container: UnsafeMutablePointer<AVFormatContext>, _ stream: UnsafeMutablePointer<AVStream>
  ) -> Double? {
    let rate = av_guess_frame_rate(container, stream, nil)
    return rate.num > 0 && rate.den > 0 ? Double(rate.num) / Double(rate.den) : nil
  }

  /// Reads the next packet of any stream that is not skipped, its times on one clock.
  ///
  /// - Parameter packet: gets it; the caller lets it go
  /// - Returns: false at the end, or where the file breaks off
  mutating func readAny(into packet: UnsafeMutablePointer<AVPacket>) -> Bool {
    let status = av_read_frame(container, packet)
    guard status >= 0 else {
      endStatus = status
      return false
    }
    let none = mmaudio_av_nopts_value
    let isPicture = packet.pointee.stream_index == pictures?.pointee.index
    if isPicture, packets == 0 {
      isTimeless = packet.pointee.pts == none && packet.pointee.dts == none
    }
    if isPicture { packets += 1 }
    if isTimeless, isPicture {
      packet.pointee.pts = packets - 1
      packet.pointee.dts = packets - 1
    } else if clock != nil {
      // Safe: FFmpeg gives every packet the index of a stream.
      let base = container.pointee.streams[Int(packet.pointee.stream_index)]?.pointee.time_base
      let shift =
        isPicture
        ? clock?.shift(forPicture: packet.pointee)
        : clock?.shift(for: packet.pointee, timeBase: base ?? AVRational(num: 1, den: 1))
      if packet.pointee.pts != none { packet.pointee.pts &+= shift ?? 0 }
      if packet.pointee.dts != none { packet.pointee.dts &+= shift ?? 0 }
    }
    return true
  }

  /// Reads the next packet of the chosen stream; false at the end, or where the file breaks off.
  mutating func read(into packet: UnsafeMutablePointer<AVPacket>) -> Bool {
    while readAny(into: packet) {
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
    guard let found = firstStream(container, kind) else { throw .noVideo(path: path) }
    guard skipsOthers else { return found }
    for index in 0..<Int(container.pointee.nb_streams) {
      // Safe: FFmpeg promises nb_streams entries.
      guard let stream = container.pointee.streams[index], stream != found else { continue }
      stream.pointee.discard = AVDISCARD_ALL
    }
    return found
  }

  /// The first stream of a kind, or of any, that is not a cover picture.
  private static func firstStream(
    _ container: UnsafeMutablePointer<AVFormatContext>, _ kind: AVMediaType?
  ) -> UnsafeMutablePointer<AVStream>? {
    // Safe: FFmpeg promises nb_streams entries.
    (0..<Int(container.pointee.nb_streams)).lazy
      .compactMap { container.pointee.streams[$0] }
      .first { stream in
        guard let parameters = stream.pointee.codecpar else { return false }
        return (kind == nil || parameters.pointee.codec_type == kind)
          && stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
      }
  }
}

/// FFmpeg's own words for an error code.
func ffmpegText(_ code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 128)
  av_strerror(code, &buffer, buffer.count)
  let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  return String(decoding: text, as: UTF8.self)
}
