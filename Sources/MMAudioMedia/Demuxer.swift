internal import CFFmpeg
import Foundation

/// Owns an open container and the choice of one of its streams.
struct Demuxer: ~Copyable {
  let container: UnsafeMutablePointer<AVFormatContext>
  /// The stream that was asked for; lives as long as the container.
  let stream: UnsafeMutablePointer<AVStream>
  /// What could have been taken for ``stream`` too, in words; nil where there was no choice.
  let choice: String?
  /// Whether the file is one picture of a format that has no time.
  let isStillImage: Bool
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
  ///   - options: which of its videos is meant
  ///   - kind: the one stream of this kind that is meant becomes ``stream``; with nil the first of any
  ///   - skipsOthers: whether packets of other streams are not even read
  /// - Throws: what is wrong with the file
  init(
    path: String, options: VideoOptions = VideoOptions(),
    kind: AVMediaType? = AVMEDIA_TYPE_VIDEO, skipsOthers: Bool = true
  ) throws(MediaError) {
    var opened: UnsafeMutablePointer<AVFormatContext>? = try Self.open(
      path, options, statingTimes: !skipsOthers)
    do throws(MediaError) {
      guard let container = opened else { throw .noVideo(path: path) }
      let picked = try StreamPicker(container, kind: kind, options, path: path)
      guard let index = picked.index, let stream = container.pointee.streams[index] else {
        throw .noVideo(path: path)
      }
      var isStill = StillImage.isFormat(container, stream)
      if isStill {
        isStill =
          try Self.countPackets(of: [index], path: path, options, upTo: 2)[index, default: 0] < 2
      }
      var pictures: UnsafeMutablePointer<AVStream>? = stream
      if kind != AVMEDIA_TYPE_VIDEO {
        pictures = try StreamPicker(
          container, kind: AVMEDIA_TYPE_VIDEO, options, path: path
        ).index.flatMap { container.pointee.streams[$0] }
      }
      if skipsOthers { Self.skipAll(but: index, in: container) }
      // FFmpeg would take the order of decoding for that of showing.
      if Self.statesDecodingOnly(container, stream) {
        container.pointee.flags &= ~AVFMT_FLAG_GENPTS
      }
      self.container = container
      self.stream = stream
      choice = picked.note
      isStillImage = isStill
      self.pictures = pictures
      clock = Self.clock(of: container, pictures)
      isTimeless = false
      packets = 0
      endStatus = 0
    } catch {
      avformat_close_input(&opened)
      throw error
    }
  }

  /// Whether packets say when they are decoded and not when they are shown, which for pictures that are decoded
  /// in another order only decoding tells: AVI.
  var statesDecodingOnly: Bool { Self.statesDecodingOnly(container, stream) }

  private static func statesDecodingOnly(
    _ container: UnsafeMutablePointer<AVFormatContext>, _ stream: UnsafeMutablePointer<AVStream>
  ) -> Bool {
    String(cString: container.pointee.iformat.pointee.name) == "avi"
      && stream.pointee.codecpar.pointee.video_delay > 0
  }

  /// The clock of a container whose own does not run on, by its pictures.
  private static func clock(
    of container: UnsafeMutablePointer<AVFormatContext>, _ pictures: UnsafeMutablePointer<AVStream>?
  ) -> ContinuousClock? {
    guard let pictures, container.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0 else {
      return nil
    }
    // Sound that is read alone needs the pictures' packets to be in time with them.
    pictures.pointee.discard = AVDISCARD_DEFAULT
    return ContinuousClock(
      timeBase: pictures.pointee.time_base, frameRate: frameRate(container, pictures))
  }

  /// Opens a container and finds out what its streams are.
  ///
  /// - Parameters:
  ///   - path: a file on this machine, or ``StandardInput/path``
  ///   - reading: how many pictures are shown a second, where the file does not say
  ///   - statingTimes: whether packets get the times that the file does not state
  /// - Returns: what the caller closes
  /// - Throws: what is wrong with the file
  private static func open(
    _ path: String, _ reading: VideoOptions, statingTimes: Bool
  ) throws(MediaError) -> UnsafeMutablePointer<AVFormatContext> {
    let sequence = try PictureSequence.find(at: path)
    var place = path
    if let sequence {
      guard reading.frameRate != nil else {
        throw .noFrameRate(path: path, pictures: sequence.files.count)
      }
      place = sequence.pattern
    } else {
      place = try StandardInput.place(of: path)
      try check(place, path: path)
    }
    // FFmpeg reports through return values too; its log would mix with our one line on stderr.
    av_log_set_level(AV_LOG_QUIET)
    var opened: UnsafeMutablePointer<AVFormatContext>?
    // A playlist among the inputs must not make us open network connections.
    var options: OpaquePointer?
    av_dict_set(&options, "protocol_whitelist", "file,crypto,data", 0)
    // A name such as a%03d.png is a name.
    av_dict_set(&options, "pattern_type", sequence == nil ? "none" : "sequence", 0)
    if let sequence { av_dict_set_int(&options, "start_number", Int64(sequence.firstNumber), 0) }
    if let rate = reading.frameRate { av_dict_set(&options, "framerate", "\(rate)", 0) }
    // Most containers cannot store a packet without the time that AVI and its like do not state.
    if statingTimes { av_dict_set(&options, "fflags", "+genpts", 0) }
    defer { av_dict_free(&options) }
    // "file:" keeps a colon in the name from being taken for a protocol.
    let status = avformat_open_input(
      &opened, ("file:" + place).systemPath,
      sequence == nil ? nil : av_find_input_format("image2"), &options)
    guard status >= 0, let container = opened else {
      throw .notMedia(path: path, reason: ffmpegText(status))
    }
    do throws(MediaError) {
      try findStreams(of: container, path: path)
    } catch {
      avformat_close_input(&opened)
      throw error
    }
    return container
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
    guard stat(place.systemPath, &info) == 0 else {
      let code = errno
      guard code != ENOENT && code != ENOTDIR else {
        throw path.contains("://") ? .address(path: path) : .missing(path: path)
      }
      throw .unreadable(path: path, reason: systemText(code))
    }
    let kind = info.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw .folder(path: path) }
    guard access(place.systemPath, R_OK) == 0 else {
      throw .unreadable(path: path, reason: systemText(errno))
    }
    guard kind != S_IFREG || info.st_size > 0 else { throw .empty(path: path) }
  }

  private static func findStreams(
    of container: UnsafeMutablePointer<AVFormatContext>, path: String
  ) throws(MediaError) {
    // FFmpeg would draw a text file as a terminal does.
    guard String(cString: container.pointee.iformat.pointee.name) != "tty" else {
      throw .notMedia(path: path, reason: "it is text")
    }
    let status = avformat_find_stream_info(container, nil)
    guard status >= 0 else { throw .notMedia(path: path, reason: ffmpegText(status)) }
    guard container.pointee.nb_streams > 0 else {
      throw .notMedia(path: path, reason: "its index is cut off or empty")
    }
  }

  /// Tells the container not to read the packets of other streams.
  private static func skipAll(
    but kept: Int, in container: UnsafeMutablePointer<AVFormatContext>
  ) {
    for index in 0..<Int(container.pointee.nb_streams) where index != kept {
      // Safe: FFmpeg promises nb_streams entries.
      container.pointee.streams[index]?.pointee.discard = AVDISCARD_ALL
    }
  }

  /// Bytes that are read to find out whether a stream has more than one picture.
  private static let mostSearched = 64 << 20

  /// How many packets streams have at the beginning of a file, which is opened again for it.
  ///
  /// - Parameters:
  ///   - indices: of the streams
  ///   - path: the file's
  ///   - options: how it is opened
  ///   - most: counting ends when all have so many
  /// - Returns: the counts by index
  /// - Throws: what is wrong with the file
  static func countPackets(
    of indices: Set<Int>, path: String, _ options: VideoOptions, upTo most: Int
  ) throws(MediaError) -> [Int: Int] {
    var container: UnsafeMutablePointer<AVFormatContext>? = try open(
      path, options, statingTimes: false)
    var packet = av_packet_alloc()
    defer {
      av_packet_free(&packet)
      avformat_close_input(&container)
    }
    var counts: [Int: Int] = [:]
    var searched = 0
    while let packet, searched < mostSearched,
      indices.contains(where: { counts[$0, default: 0] < most }),
      av_read_frame(container, packet) >= 0
    {
      counts[Int(packet.pointee.stream_index), default: 0] += 1
      searched += Int(packet.pointee.size)
      av_packet_unref(packet)
    }
    return counts
  }
}

/// FFmpeg's own words for an error code.
func ffmpegText(_ code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 128)
  av_strerror(code, &buffer, buffer.count)
  let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  return String(decoding: text, as: UTF8.self)
}
