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
  /// When the pictures of a stream are shown whose packets do not say it, as decoding told; nil where they do.
  let order: ShowingOrder?
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

  /// Decodes the first picture, or all of a stream whose packets do not say when they are shown, and reads all
  /// packets.
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
    let statesDecodingOnly = demuxer.statesDecodingOnly
    guard decoder.next(from: &demuxer, { times.add($0, numbering: statesDecodingOnly) }) else {
      throw decoder.emptiness(path: path)
    }
    guard !demuxer.isTimeless else {
      let places = Self.places(decoder, &demuxer, &times, numbering: false)
      let order = ShowingOrder(places: places, decoded: [], frame: frame)
      self.order = order
      first = 0
      seconds = Double(order.end) * tick
      hidden = 0
      breakOff = nil
      return
    }
    let shown: Range<Int64>
    let endOfAll: Double
    if statesDecodingOnly {
      // The decoder's guess is when the picture comes out of it, as players show it.
      let start = decoder.frame.pointee.pkt_dts
      guard start != mmaudio_av_nopts_value else { throw .noFrames(path: path) }
      let places = Self.places(decoder, &demuxer, &times, numbering: true)
      let order = ShowingOrder(places: places, decoded: times.decoded, frame: frame)
      self.order = order
      shown = start..<start + order.end
      endOfAll = Double(shown.upperBound) * tick
      hidden = 0
    } else {
      let decoded = timestamp(of: decoder.frame)
      endOfAll = try Self.readRest(&demuxer, &times, path: path)
      guard let range = times.shown(from: decoded) else { throw .noFrames(path: path) }
      order = nil
      shown = range
      hidden = times.hidden(before: range.lowerBound)
    }
    first = shown.lowerBound
    seconds = Double(shown.upperBound &- first) * tick
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
      if packet.pointee.stream_index == demuxer.stream.pointee.index { times.add(packet) }
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

  /// Decodes all of a stream, and returns each packet's place in the order of showing.
  ///
  /// The demuxer numbers the packets of a stream without times; `numbering` does it for another.
  private static func places(
    _ decoder: consuming StreamDecoder, _ demuxer: inout Demuxer, _ times: inout PictureTimes,
    numbering: Bool
  ) -> [Int] {
    var decoder = decoder
    var shown = [decoder.frame.pointee.pts]
    while decoder.next(from: &demuxer, { times.add($0, numbering: numbering) }) {
      shown.append(decoder.frame.pointee.pts)
    }
    var places = [Int?](repeating: nil, count: numbering ? times.decoded.count : times.count)
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

/// When pictures are shown whose packets do not say it, in ticks.
struct ShowingOrder: Sendable {
  /// For every packet in the order of the file, its picture's place in the order of showing.
  let places: [Int]
  /// When the picture at each place is shown, since the first.
  private let times: [Int64]
  /// By how many pictures packets are decoded before they are shown.
  private let delay: Int
  /// How long most pictures are shown.
  private let frame: Int64

  /// - Parameters:
  ///   - places: for every packet in the order of the file, its picture's place in the order of showing
  ///   - decoded: when each packet is decoded; empty if nothing says it
  ///   - frame: how long a picture is shown if nothing says when packets are decoded
  fileprivate init(places: [Int], decoded: [Int64], frame: Int64) {
    self.places = places
    delay = zip(0..., places).map { $0 - $1 }.max() ?? 0
    let sorted = decoded.sorted()
    guard let first = sorted.first, sorted.count == places.count else {
      self.frame = frame
      times = places.indices.map { Int64($0) * frame }
      return
    }
    // What is decoded at even times is shown at even times.
    times = sorted.map { $0 &- first }
    let steps = zip(times, times.dropFirst()).map { $1 - $0 }.sorted()
    self.frame = steps.isEmpty ? frame : max(1, steps[steps.count / 2])
  }

  /// When the last picture goes away.
  var end: Int64 { (times.last ?? 0) &+ frame }

  /// Gives the packet at an index in the order of the file its times.
  func place(_ packet: UnsafeMutablePointer<AVPacket>, at index: Int) {
    guard !places.isEmpty else { return }
    let index = min(index, places.count - 1)
    let place = places[index]
    let next = place + 1 < times.count ? times[place + 1] : end
    packet.pointee.pts = times[place]
    packet.pointee.dts = index < delay ? Int64(index - delay) * frame : times[index - delay]
    packet.pointee.duration = next - times[place]
  }
}

/// The times of the pictures' packets.
private struct PictureTimes {
  /// Ticks that a picture is shown for if its packet does not say.
  private let frame: Int64
  private var packets: [(time: Int64, end: Int64, isHidden: Bool)] = []
  /// When they are decoded, if that is what they say.
  private(set) var decoded: [Int64] = []

  init(frame: Int64) { self.frame = frame }

  var count: Int { packets.count }

  /// Adds the times of a packet, which then gets its number for the time at which it is shown, if it is to.
  mutating func add(_ packet: UnsafeMutablePointer<AVPacket>, numbering: Bool = false) {
    let none = mmaudio_av_nopts_value
    let time = packet.pointee.pts != none ? packet.pointee.pts : packet.pointee.dts
    if numbering {
      decoded.append(packet.pointee.dts != none ? packet.pointee.dts : (decoded.last ?? 0) + 1)
      packet.pointee.pts = Int64(decoded.count - 1)
    }
    guard time != none else { return }
    let duration = packet.pointee.duration > 0 ? packet.pointee.duration : frame
    packets.append((time, time &+ duration, packet.pointee.flags & AV_PKT_FLAG_DISCARD != 0))
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
