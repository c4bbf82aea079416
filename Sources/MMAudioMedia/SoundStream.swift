internal import CFFmpeg

/// The new sound on its way into a container: encoded and dated.
struct SoundStream: ~Copyable {
  private var track: SoundTrack
  private let encoder: SoundTrackEncoder
  private var index: Int32 = 0
  private var isAtEnd = false
  /// The tick of the next sample, counted from the first picture.
  private var time: Int64 = 0

  /// - Parameters:
  ///   - track: what is heard
  ///   - encoder: a new one of the track's form
  init(_ track: consuming SoundTrack, _ encoder: consuming SoundTrackEncoder) {
    self.track = track
    self.encoder = encoder
  }

  /// How many samples have been clipped so far.
  var clippedSamples: Int { track.clippedSamples }

  /// Adds the stream to a container whose header is not yet written.
  mutating func addStream(to writer: borrowing OutputContainer) throws(FFmpegFailure) {
    let stream = try writer.addStream()
    try FFmpegFailure.check(
      avcodec_parameters_from_context(stream.pointee.codecpar, encoder.context))
    writer.keepStart(of: stream)
    stream.pointee.time_base = encoder.timeBase
    stream.pointee.disposition = AV_DISPOSITION_DEFAULT
    index = stream.pointee.index
  }

  /// Writes what is heard within the first `seconds`; with infinity all the rest.
  mutating func write(
    to writer: borrowing OutputContainer, until seconds: Double
  ) throws(FFmpegFailure) {
    while !isAtEnd && Double(time) / Double(encoder.timeBase.den) < seconds {
      let block = track.next(encoder.frameSize)
      if block.isEmpty {
        isAtEnd = true
        try encoder.flush()
      } else {
        try encoder.send(block, time: time)
        time += Int64(block.count)
      }
      while try encoder.receive() {
        encoder.packet.pointee.stream_index = index
        try writer.write(encoder.packet, timeBase: encoder.timeBase)
      }
    }
  }
}
