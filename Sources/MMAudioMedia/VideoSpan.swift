internal import CFFmpeg
import Foundation

/// When a video's pictures begin and end, and whether its file is whole: all packets, read once.
public struct VideoSpan: Sendable {
  /// The tick on the file's clock at which the first picture is shown, which is 0 in all that is made of it.
  let first: Int64
  /// The length of a tick.
  let timeBase: AVRational
  /// Seconds that the pictures last.
  public let seconds: Double
  /// How many pictures before the first that is shown are stored only for others to be decoded: an edit list
  /// hides them, or they cannot be decoded themselves.
  let hidden: Int
  /// For every picture of a stream without times, in the order of the file, its place in the order of showing.
  let placesShown: [Int]
  /// Where the file breaks off, if it does.
  public let breakOff: BreakOff?

  /// Seconds on the file's clock at which the first picture is shown.
  var start: Double { Double(first) * Double(timeBase.num) / Double(timeBase.den) }

  /// A file of which the end is missing.
  public struct BreakOff: Sendable, Equatable, CustomStringConvertible {
    /// Seconds of pictures that are there.
    public let seconds: Double
    /// Seconds of pictures that the file says it has, if it says so.
    public let stated: Double?

    /// Such as `1.84 s of 3.00 s`.
    public var description: String {
      let texts = [seconds, stated].compactMap(\.self).map { String(format: "%.2f s", $0) }
      return texts.joined(separator: " of ")
    }
  }

  /// Seconds that a stream may end before the time that its container states.
  private static let tolerance = 0.2

  /// Decodes the first picture, or all of a stream without times, and reads all packets.
  ///
  /// - Parameters:
  ///   - path: a file on this machine, or ``StandardInput/path``
  ///   - options: which of its videos is meant
  /// - Throws: what is wrong with the file
  public init(path: String, options: VideoOptions = VideoOptions()) throws(MediaError) {
    var demuxer = try Demuxer(path: path, options: options, skipsOthers: false)
    var decoder = try StreamDecoder(demuxer.stream, path: path)
    timeBase = demuxer.stream.pointee.time_base
    let tick = Double(timeBase.num) / Double(timeBase.den)
    let frame = max(1, Int64((1 / (tick * (demuxer.frameRate ?? 25))).rounded()))
    var times = PictureTimes(frame: frame)
    guard decoder.next(from: &demuxer, { times.add($0) }) else {
      throw decoder.emptiness(path: path)
    }
    guard !demuxer.isTimeless else {
      placesShown = Self.places(decoder, &demuxer, &times)
      first = 0
      seconds = Double(placesShown.count * Int(frame)) * tick
      hidden = 0
      breakOff = nil
      return
    }
    let decoded = timestamp(of: decoder.frame)
    let endOfAll = try Self.readRest(&demuxer, &times, path: path)
    guard let shown = times.shown(from: decoded) else { throw .noFrames(path: path) }
    placesShown = []
    first = shown.lowerBound
    seconds = Double(shown.upperBound &- first) * tick
    hidden = times.hidden(before: first)
    let start = Double(first) * tick
    let end = Double(shown.upperBound) * tick
    let stated: Double? =
      if let own = demuxer.statedEnd {
        own > end + Self.tolerance ? own - start : nil
      } else if let all = demuxer.statedEndOfAll, all > endOfAll + Self.tolerance {
        all - start
      } else { nil }
    let isCut = demuxer.endStatus != mmaudio_averror_eof || stated != nil
    breakOff = isCut ? BreakOff(seconds: seconds, stated: stated) : nil
  }

  /// Reads on to the end, and returns when the last packet of any stream ends.
  private static func readRest(
    _ demuxer: inout Demuxer, _ times: inout PictureTimes, path: String
  ) throws(MediaError) -> Double {
    var packet = av_packet_alloc()
    defer { av_packet_free(&packet) }
    guard let packet else { throw MediaError.notMedia(path: path, reason: "no memory is left") }
    var end = 0.0
    while demuxer.readAny(into: packet) {
      if packet.pointee.stream_index == demuxer.stream.pointee.index { times.add(packet.pointee) }
      // Safe: FFmpeg gives every packet the index of a stream.
      let stream = demuxer.container.pointee.streams[Int(packet.pointee.stream_index)]
      if let base = stream?.pointee.time_base, base.den > 0,
        packet.pointee.pts != mmaudio_av_nopts_value
      {
        let ticks = packet.pointee.pts &+ packet.pointee.duration
        end = max(end, Double(ticks) * Double(base.num) / Double(base.den))
      }
      av_packet_unref(packet)
    }
    return end
  }

  /// Decodes all of a stream without times, whose demuxer numbers its packets.
  private static func places(
    _ decoder: consuming StreamDecoder, _ demuxer: inout Demuxer, _ times: inout PictureTimes
  ) -> [Int] {
    var decoder = decoder
    var shown = [decoder.frame.pointee.pts]
    while decoder.next(from: &demuxer, { times.add($0) }) {
      shown.append(decoder.frame.pointee.pts)
    }
    var places = [Int?](repeating: nil, count: times.count)
    for (place, packet) in zip(0..., shown) where places.indices.contains(Int(packet)) {
      places[Int(packet)] = place
    }
    // A packet without a picture, such as a second field, goes with the one before it.
    var latest = 0
    return places.map { place in
      latest = place ?? latest
      return latest
    }
  }
}

/// The times of the pictures' packets.
private struct PictureTimes {
  /// Ticks that a picture is shown for if its packet does not say.
  private let frame: Int64
  private var packets: [(time: Int64, end: Int64, isHidden: Bool)] = []

  init(frame: Int64) { self.frame = frame }

  var count: Int { packets.count }

  mutating func add(_ packet: AVPacket) {
    let time = packet.pts != mmaudio_av_nopts_value ? packet.pts : packet.dts
    guard time != mmaudio_av_nopts_value else { return }
    packets.append(
      (
        time, time &+ (packet.duration > 0 ? packet.duration : frame),
        packet.flags & AV_PKT_FLAG_DISCARD != 0
      ))
  }

  /// From the first picture that is shown, which is the first that is decoded if its time is known, until
  /// the last goes away.
  func shown(from first: Int64?) -> Range<Int64>? {
    let shown = packets.lazy.filter { !$0.isHidden }
    guard let start = first ?? shown.map(\.time).min(), let end = shown.map(\.end).max(),
      start < end
    else { return nil }
    return start..<end
  }

  func hidden(before start: Int64) -> Int { packets.count { $0.time < start } }
}
