import Testing

@testable import MMAudio

@Suite struct FrameOrderTests {
  private func frames(_ came: Int, end: Double, rate: Double = 25, upTo count: Int) -> [Int] {
    let order = FrameOrder(came: came, end: end, rate: rate)
    return (0..<count).map { order[$0] }
  }

  @Test("behind its end a video is played backwards and forwards")
  func mirrored() {
    #expect(frames(3, end: 0.12, upTo: 14) == [0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1])
    #expect(frames(1, end: 0.04, upTo: 4) == [0, 0, 0, 0])
    #expect(frames(2, end: 0.25, rate: 8, upTo: 6) == [0, 1, 1, 0, 0, 1])
  }

  @Test("the last picture is held while it is shown, and frames behind the end do not count")
  func held() {
    // The clock of the reference misses one of five frames; the fifth instant shows the fourth.
    #expect(frames(4, end: 0.2, upTo: 8) == [0, 1, 2, 3, 3, 3, 3, 2])
    #expect(frames(2, end: 0.2, upTo: 11) == [0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0])
    // Cut at 0.1 s, inside the third frame of many.
    #expect(frames(9, end: 0.1, upTo: 7) == [0, 1, 2, 2, 1, 0, 0])
    #expect(FrameOrder(came: 9, end: 0.1, rate: 25).count == 3)
    #expect(frames(1, end: 0.001, upTo: 3) == [0, 0, 0])
  }

  @Test("a rounding error of the end is no instant")
  func rounding() {
    for end in [0.12, 0.12 + 1e-9, 0.12 - 1e-9] {
      #expect(frames(3, end: end, upTo: 5) == [0, 1, 2, 2, 1])
    }
  }

  @Test("no more than eight seconds are played again, so that frames before them may be dropped")
  func longest() {
    let order = FrameOrder(came: 500, end: 20, rate: 25)
    #expect((0..<500).allSatisfy { order[$0] == $0 })
    #expect((500..<2_000).map { order[$0] }.min() == 300)
    #expect([order[500], order[699], order[700], order[900]] == [499, 300, 300, 499])
  }

  @Test("what a window has behind the end")
  func behindEnd() {
    let order = FrameOrder(came: 75, end: 3, rate: 25)
    #expect(order.secondsBehindEnd(before: 8) == 5)
    #expect(order.secondsBehindEnd(before: 3) == 0)
    #expect(order.secondsBehindEnd(before: 2) == 0)
  }
}
