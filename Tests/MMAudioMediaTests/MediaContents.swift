import CFFmpeg
import Foundation
import Testing

@testable import MMAudioMedia

/// All that a container holds, read by FFmpeg, for tests to compare.
struct MediaContents {
  struct Packet: Equatable {
    let bytes: [UInt8]
    /// Seconds, to the microsecond; nil if the file states none.
    let time: Double?
    let isKey: Bool
  }

  struct Stream {
    let kind: String
    let codec: String
    let tag: UInt32
    let extradata: [UInt8]
    let packets: [Packet]
    let duration: Double
    let disposition: Int32
    let sampleRate: Int
    let channels: Int
    let aspect: [Int32]
    let frameRate: [Int32]
    let colours: [UInt32]
    let matrix: [Int32]
    let metadata: [String: String]
  }

  let streams: [Stream]
  let metadata: [String: String]
  let chapters: [String]
  /// Seconds.
  let start: Double
  let duration: Double

  var video: Stream? { streams.first { $0.kind == "video" } }
  var sounds: [Stream] { streams.filter { $0.kind == "audio" } }

  init(_ path: String) throws {
    let demuxer = try Demuxer(path: path, skipsOthers: false)
    let context = demuxer.container.pointee
    var packets: [[Packet]] = Array(repeating: [], count: Int(context.nb_streams))
    var packet = av_packet_alloc()
    defer { av_packet_free(&packet) }
    let read = try #require(packet)
    while av_read_frame(demuxer.container, read) >= 0 {
      let index = Int(read.pointee.stream_index)
      let base = try #require(context.streams[index]).pointee.time_base
      let pts = read.pointee.pts
      packets[index].append(
        Packet(
          bytes: Array(
            UnsafeBufferPointer(start: read.pointee.data, count: Int(read.pointee.size))),
          time: pts == mmaudio_av_nopts_value
            ? nil
            : (Double(pts) * Double(base.num) / Double(base.den) * 1e6).rounded() / 1e6,
          isKey: read.pointee.flags & AV_PKT_FLAG_KEY != 0))
      av_packet_unref(read)
    }
    streams = try packets.indices.map { index in
      let stream = try #require(context.streams[index])
      let parameters = try #require(stream.pointee.codecpar).pointee
      let base = stream.pointee.time_base
      return Stream(
        kind: av_get_media_type_string(parameters.codec_type).map { String(cString: $0) } ?? "",
        codec: String(cString: avcodec_get_name(parameters.codec_id)), tag: parameters.codec_tag,
        extradata: Array(
          UnsafeBufferPointer(start: parameters.extradata, count: Int(parameters.extradata_size))),
        packets: packets[index],
        duration: Double(stream.pointee.duration) * Double(base.num) / Double(base.den),
        disposition: stream.pointee.disposition, sampleRate: Int(parameters.sample_rate),
        channels: Int(parameters.ch_layout.nb_channels),
        aspect: [
          stream.pointee.sample_aspect_ratio.num, stream.pointee.sample_aspect_ratio.den,
        ],
        frameRate: [stream.pointee.avg_frame_rate.num, stream.pointee.avg_frame_rate.den],
        colours: [
          parameters.color_range.rawValue, parameters.color_primaries.rawValue,
          parameters.color_trc.rawValue, parameters.color_space.rawValue,
        ],
        matrix: mmaudio_display_matrix(stream).map {
          Array(UnsafeBufferPointer(start: $0, count: 9))
        } ?? [],
        metadata: FileMetadata.entries(stream.pointee.metadata))
    }
    metadata = FileMetadata.entries(context.metadata)
    chapters = (0..<Int(context.nb_chapters)).compactMap { index in
      guard let chapter = context.chapters[index]?.pointee else { return nil }
      let base = Double(chapter.time_base.num) / Double(chapter.time_base.den)
      let title = FileMetadata.entries(chapter.metadata)["title"] ?? ""
      return "\(title) \(Double(chapter.start) * base)-\(Double(chapter.end) * base)"
    }
    start = Double(context.start_time) / 1e6
    duration = Double(context.duration) / 1e6
  }
}
