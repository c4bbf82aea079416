internal import CFFmpeg

/// Makes one clock of a file whose clock is set anew on the way.
///
/// Transport streams that were joined, or were recorded while the sender's clock was set or passed 2³³ ticks,
/// go on at another time. Where the pictures' decoding times go back, or go on by more than any sender
/// leaves between two pictures (ISO 13818-1, 2.7.4 allows 0.7 s), the clock has jumped, and all that follows
/// is moved so that the next picture comes right after the last. A gap in a file of another kind is a gap.
struct ContinuousClock {
  /// Seconds by which a picture may come later than expected.
  static let longestGap = 3.0
  /// Seconds by which a picture may come earlier than expected; none is decoded before the one in front of it.
  static let longestOverlap = 0.1

  private let timeBase: AVRational
  private let frame: Int64
  /// Ticks that are added to all times now.
  private var offset: Int64 = 0
  /// Ticks that were added before the clock jumped last: sound may lag behind the pictures.
  private var previousOffset: Int64 = 0
  /// When the next picture is decoded if the clock goes on.
  private var expected: Int64?
  /// When the last picture was decoded.
  private var latest = Int64.min
  /// When the last packet of every other stream ended.
  private var ends: [Int32: Int64] = [:]

  /// - Parameters:
  ///   - timeBase: of the pictures that the clock follows
  ///   - frameRate: of these pictures, if it is known
  init(timeBase: AVRational, frameRate: Double?) {
    self.timeBase = timeBase
    let second = Double(timeBase.den) / Double(timeBase.num)
    frame = max(1, Int64((second / (frameRate ?? 25)).rounded()))
  }

  /// Ticks to add to the times of the next picture's packet.
  ///
  /// - Parameter packet: of the stream that the clock follows
  /// - Returns: ticks of its time base
  mutating func shift(forPicture packet: AVPacket) -> Int64 {
    guard let time = Self.time(of: packet) else { return offset }
    if let expected {
      let late = Double(time &+ offset &- expected) * seconds
      // Slow slide shows leave more between their pictures.
      let gap = max(Self.longestGap, 5 * Double(frame) * seconds)
      let goesBack = late < -Self.longestOverlap || time &+ offset < latest
      if late > gap || goesBack && packet.dts != mmaudio_av_nopts_value {
        previousOffset = offset
        offset = expected &- time
      }
    }
    latest = time &+ offset
    expected = latest &+ (packet.duration > 0 ? packet.duration : frame)
    return offset
  }

  /// Ticks to add to the times of another stream's packet.
  ///
  /// - Parameters:
  ///   - packet: of a stream that the clock does not follow
  ///   - base: its time base
  /// - Returns: ticks of that time base
  mutating func shift(for packet: AVPacket, timeBase base: AVRational) -> Int64 {
    guard let time = Self.time(of: packet), let expected else { return ticks(offset, base) }
    let now = ticks(expected, base)
    func distance(_ offset: Int64) -> Double {
      abs(Double(time &+ ticks(offset, base) &- now)) * Double(base.num) / Double(base.den)
    }
    var shift = ticks(distance(offset) <= distance(previousOffset) ? offset : previousOffset, base)
    // The clock has jumped here before it did for the pictures: the sound goes on where it was.
    if min(distance(offset), distance(previousOffset)) > Self.longestGap,
      let end = ends[packet.stream_index]
    {
      shift = end &- time
    }
    ends[packet.stream_index] = time &+ shift &+ packet.duration
    return shift
  }

  private var seconds: Double { Double(timeBase.num) / Double(timeBase.den) }

  private func ticks(_ offset: Int64, _ base: AVRational) -> Int64 {
    av_rescale_q(offset, timeBase, base)
  }

  private static func time(of packet: AVPacket) -> Int64? {
    let none = mmaudio_av_nopts_value
    if packet.dts != none { return packet.dts }
    return packet.pts != none ? packet.pts : nil
  }
}
