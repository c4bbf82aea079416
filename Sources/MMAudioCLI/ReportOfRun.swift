import MMAudio
import MMAudioMedia
import MMAudioReport

extension ReportPage {
  /// The page about a run.
  ///
  /// - Parameters:
  ///   - results: of all takes, which are written
  ///   - request: what they were made of
  init(_ results: [GenerationResult], of request: GenerationRequest) {
    let video = request.video
    let first = results[0].settings
    let name = video?.lastPathPart.readable
    let takes = results.map { result in
      Take(
        name: result.output.lastPathPart.readable,
        samples: result.sound.samples, sampleRate: result.sound.sampleRate,
        video: VideoMuxer.handles(result.output) ? result.output : nil)
    }
    self.init(
      title: [first.request.prompt, name ?? ""].first { !$0.isEmpty } ?? "mmaudio", takes: takes,
      settings: first.settings, timings: results[0].stages, source: video,
      options: request.videoOptions)
  }
}
