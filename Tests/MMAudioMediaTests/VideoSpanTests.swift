import CFFmpeg
import Foundation
import Testing

@testable import MMAudioMedia

@Suite struct VideoSpanTests {
  @Test("a span begins with the first picture that is shown, and ends with the last")
  func spans() throws {
    for (name, start, seconds) in [
      ("mux_full.mp4", 0.0, 2.0), ("mux_offset.mkv", 1.5, 2), ("mux_offset.mp4", 1.5, 2),
      ("mux_vp9.webm", 0, 1), ("mux_order.avi", 0.04, 1), ("frames_two_sizes.ts", 0.08, 0.8),
      ("frames_raw.h264", 0, 0.8),
    ] {
      let span = try VideoSpan(path: fixture(name))
      #expect(abs(span.start - start) < 0.05, "\(name): \(span.start)")
      #expect(abs(span.seconds - seconds) < 0.045, "\(name): \(span.seconds)")
      #expect(span.breakOff == nil && span.hidden == 0, "\(name)")
    }
  }

  @Test(
    "AVI states decoding times alone, and the codec's delay of one picture does not count",
    arguments: [(TimeOrigin.firstPicture, 0), (.fileClock, 0.04)])
  func decodingTimesAlone(origin: TimeOrigin, expected: Double) throws {
    #expect(try VideoSpan(path: fixture("mux_order.avi")).first == 1)
    let reader = try VideoReader(path: fixture("mux_order.avi"))
    var frames = SampledFrames(of: reader, rates: [1000], until: 8, from: origin)
    let takes = try #require(try frames.next()).takes
    #expect(abs(Double(takes[0] - 1) / 1000 - expected) < 0.0015)
  }

  @Test("transport streams behind one another last as long as both, whatever their clocks say")
  func joined() throws {
    let stream = try contents(fixture("frames_two_sizes.ts"))
    let whole = try VideoSpan(path: fixture("frames_two_sizes.ts"))
    try withFolder { folder in
      try write(stream + stream + stream, to: folder + "/joined.ts")
      let span = try VideoSpan(path: folder + "/joined.ts")
      #expect(span.start == whole.start)
      #expect(abs(span.seconds - 3 * whole.seconds) < 0.05, "\(span.seconds)")
      var count = 0
      let reader = try VideoReader(path: folder + "/joined.ts")
      try reader.readFrames(rates: [25], until: 8) { _, takes in count += takes[0] }
      #expect((58...60).contains(count))
    }
  }

  @Test(
    "pictures whose packets do not say when they are shown get times in the order in which they are",
    arguments: ["frames_raw.h264", "stream_order.avi"])
  func placesShown(input: String) throws {
    let span = try VideoSpan(path: fixture(input))
    let places = try #require(span.order?.places)
    #expect(places.sorted() == Array(0..<20) && places != places.sorted())
    #expect(abs(span.seconds - 0.8) < 0.001)
    try withFolder { folder in
      for output in ["out.mp4", "out.mkv"] {
        let path = folder + "/" + output
        try VideoMuxer(input: fixture(input), output: path)
          .write([Float](repeating: 0.1, count: 8000), sampleRate: 16_000)
        let video = try #require(MediaContents(path).video)
        let times = video.packets.compactMap(\.time)
        #expect(times.count == 20)
        for (place, time) in zip(places, times) {
          #expect(abs(Double(place) / 25 - time) < 0.0006, "\(output)")
        }
      }
    }
  }

  @Test("a file that is cut tells where it breaks off, and of how much", arguments: [0.5, 0.75])
  func breakOff(_ share: Double) throws {
    try withFolder { folder in
      // With the index in front, as files for the web have it.
      let whole = folder + "/whole.mp4"
      try VideoMuxer(input: fixture("mux_full.mp4"), output: whole)
        .write([Float](repeating: 0.1, count: 32_000), sampleRate: 16_000)
      let bytes = try contents(whole)
      try write(Array(bytes.prefix(Int(Double(bytes.count) * share))), to: folder + "/cut.mp4")
      let cut = try #require(try VideoSpan(path: folder + "/cut.mp4").breakOff)
      #expect(abs(try #require(cut.stated) - 2) < 0.01)
      #expect(cut.seconds < 1.7 && cut.seconds > 0.2)
      #expect(try VideoSpan(path: whole).breakOff == nil)
    }
  }

  @Test("a matroska file that is cut tells so by its longest stream")
  func breakOffInMatroska() throws {
    let bytes = try contents(fixture("mux_vp9.webm"))
    try withFolder { folder in
      try write(Array(bytes.prefix(bytes.count / 2)), to: folder + "/cut.webm")
      let cut = try #require(try VideoSpan(path: folder + "/cut.webm").breakOff)
      #expect(abs(try #require(cut.stated) - 1) < 0.05)
      #expect(cut.seconds < 0.7)
    }
  }
}
