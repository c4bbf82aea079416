import CFFmpeg
import Testing

@testable import MMAudioMedia

@Suite struct ContinuousClockTests {
  private let ticks = AVRational(num: 1, den: 90_000)

  private func packet(_ seconds: Double, stream: Int32 = 0, duration: Double = 0.04) -> AVPacket {
    var packet = AVPacket()
    packet.pts = mmaudio_av_nopts_value
    packet.dts = Int64((seconds * 90_000).rounded())
    packet.duration = Int64(duration * 90_000)
    packet.stream_index = stream
    return packet
  }

  /// When pictures with these times are decoded on the one clock.
  private func times(_ seconds: [Double], rate: Double = 25) -> [Double] {
    var clock = ContinuousClock(timeBase: ticks, frameRate: rate)
    return seconds.map { second in
      let packet = packet(second, duration: 1 / rate)
      return (Double(packet.dts + clock.shift(forPicture: packet)) / 900).rounded() / 100
    }
  }

  @Test("a clock that is set anew goes on", arguments: [20.0, 100, 3.2, -0.5, -5, -95_443.7177])
  func jumps(_ jump: Double) {
    #expect(
      times([10, 10.04, 10.08 + jump, 10.12 + jump, 10.16 + jump])
        == [10, 10.04, 10.08, 10.12, 10.16])
    guard abs(jump) > 4 else { return }
    #expect(times([10, 10.04 + jump, 10.08, 10.12]) == [10, 10.04, 10.08, 10.12])
  }

  @Test("a gap that a sender may leave stays, and what would be decoded before its time does not")
  func gaps() {
    #expect(times([0, 0.04, 2.9, 2.94]) == [0, 0.04, 2.9, 2.94])
    #expect(times([0, 0.04, 0.02, 0.06]) == [0, 0.04, 0.08, 0.12])
    #expect(times([0, 10, 20, 30], rate: 0.1) == [0, 10, 20, 30])
    #expect(times([0, 10, 90, 100], rate: 0.1) == [0, 10, 20, 30])
  }

  @Test("sound follows the pictures' clock, before and behind the place where it jumps")
  func sound() {
    var clock = ContinuousClock(timeBase: ticks, frameRate: 25)
    func picture(_ seconds: Double) { _ = clock.shift(forPicture: packet(seconds)) }
    func sound(_ seconds: Double) -> Double {
      let packet = packet(seconds, stream: 1, duration: 0.02)
      return Double(packet.dts + clock.shift(for: packet, timeBase: ticks)) / 90_000
    }
    #expect(sound(0.98) == 0.98)
    picture(1)
    #expect(sound(1) == 1)
    // The new clock begins with sound.
    #expect(abs(sound(51.0) - 1.02) < 1e-4)
    picture(51.02)
    // Late sound of the old clock.
    #expect(abs(sound(1.04) - 1.04) < 1e-4)
    #expect(abs(sound(51.04) - 1.06) < 1e-4)
  }

  @Test("packets without times get what their neighbours get")
  func timeless() {
    var clock = ContinuousClock(timeBase: ticks, frameRate: nil)
    var none = AVPacket()
    (none.pts, none.dts) = (mmaudio_av_nopts_value, mmaudio_av_nopts_value)
    #expect(clock.shift(forPicture: none) == 0)
    #expect(clock.shift(for: none, timeBase: ticks) == 0)
    _ = clock.shift(forPicture: packet(5))
    _ = clock.shift(forPicture: packet(50))
    #expect(clock.shift(forPicture: none) == -Int64(44.96 * 90_000))
  }
}
