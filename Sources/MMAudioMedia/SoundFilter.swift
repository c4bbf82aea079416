internal import CFFmpeg

/// Mono sound on its way through filters of libavfilter.
enum SoundFilter {
  /// Filters a whole sound, block by block.
  ///
  /// - Parameters:
  ///   - chain: filters in libavfilter's words, with commas between them
  ///   - samples: any number
  ///   - sampleRate: samples per second
  ///   - receive: gets what comes out, frames of floats of one channel with what filters note down
  /// - Throws: that this FFmpeg lacks a filter, or that no memory is left
  static func run(
    _ chain: String, on samples: [Float], sampleRate: Int,
    _ receive: (UnsafePointer<AVFrame>) -> Void
  ) throws(FFmpegFailure) {
    // Meters would print their result.
    av_log_set_level(AV_LOG_QUIET)
    var graph = avfilter_graph_alloc()
    var frame = av_frame_alloc()
    defer {
      avfilter_graph_free(&graph)
      av_frame_free(&frame)
    }
    guard let graph, let frame else { throw FFmpegFailure(code: mmaudio_averror_enomem) }
    graph.pointee.nb_threads = 1
    var (inputs, outputs):
      (UnsafeMutablePointer<AVFilterInOut>?, UnsafeMutablePointer<AVFilterInOut>?)
    try FFmpegFailure.check(
      avfilter_graph_parse2(
        graph,
        "abuffer@in=sample_rate=\(sampleRate):sample_fmt=flt:channel_layout=mono:"
          + "time_base=1/\(sampleRate),\(chain),"
          + "aformat=sample_fmts=flt:channel_layouts=mono,abuffersink@out", &inputs, &outputs))
    try FFmpegFailure.check(avfilter_graph_config(graph, nil))
    let source = avfilter_graph_get_filter(graph, "abuffer@in")
    let sink = avfilter_graph_get_filter(graph, "abuffersink@out")
    for start in stride(from: 0, to: samples.count, by: 1 << 16) {
      let block = Array(samples[start..<min(start + 1 << 16, samples.count)])
      // Safe: the array outlives the call, which copies its samples.
      try FFmpegFailure.check(
        mmaudio_fill_mono(
          frame, AV_SAMPLE_FMT_FLT, Int32(sampleRate), block, Int32(block.count)))
      frame.pointee.pts = Int64(start)
      try FFmpegFailure.check(av_buffersrc_add_frame(source, frame))
      try drain(sink, frame, receive)
    }
    // Nothing at all asks for what is still inside.
    try FFmpegFailure.check(av_buffersrc_add_frame(source, nil))
    try drain(sink, frame, receive)
  }

  private static func drain(
    _ sink: UnsafeMutablePointer<AVFilterContext>?, _ frame: UnsafeMutablePointer<AVFrame>,
    _ receive: (UnsafePointer<AVFrame>) -> Void
  ) throws(FFmpegFailure) {
    while true {
      let status = av_buffersink_get_frame(sink, frame)
      if status == mmaudio_averror_eagain || status == mmaudio_averror_eof { return }
      try FFmpegFailure.check(status)
      receive(frame)
      av_frame_unref(frame)
    }
  }
}

/// The samples of a frame of floats of one channel.
func samples(of frame: UnsafePointer<AVFrame>) -> UnsafeBufferPointer<Float> {
  // Safe: such a frame has one plane, of this many floats, and lives as long as the pointer is used.
  let plane = UnsafeRawPointer(frame.pointee.data.0)?.assumingMemoryBound(to: Float.self)
  return UnsafeBufferPointer(start: plane, count: Int(frame.pointee.nb_samples))
}
