import Foundation
import Testing

@testable import MMAudioCLI

/// What a batch says when it ends otherwise than it should.
@Suite struct BatchMessageTests {
  static let messages: [(CommandError, String)] = [
    (
      .worker(reason: "it is gone"),
      "the process that works on the clips cannot do so: it is gone; see `mmaudio doctor`, then run the "
        + "same command again"
    ),
    (
      .resultsFile(path: "o/r", reason: "Permission denied"),
      "the results cannot be written to 'o/r': Permission denied; check the folder and its permissions, or "
        + "choose another one with -o"
    ),
    (
      .clipsUnfinished(failed: 1, total: 1),
      "1 of 1 clip could not be made for want of the machine; mend what their messages say, then run the "
        + "same command again"
    ),
    (
      .clipsMissing(clips: 2, shards: [1, 3], folder: "o"),
      "'o' lacks results of 2 clips and of the whole shards 1, 3; run `mmaudio batch` again"
    ),
  ]

  @Test("every message says what to do", arguments: messages)
  func words(error: CommandError, message: String) {
    #expect("\(error)" == message)
  }

  @Test("how a process ended is what its clip failed of")
  func endings() {
    func failure(_ ending: ClipResult.Failure.Ending) -> ClipResult.Failure {
      ClipResult.Failure(ending, at: "sampling")
    }
    #expect(failure(.signal(SIGKILL)).kind == .killed)
    #expect(
      failure(.signal(SIGKILL)).message
        == "the process was killed while sampling, most likely for want of memory; try --low-memory, or "
        + "run it again with --retry-failed when more is free")
    #expect(failure(.signal(SIGSEGV)).kind == .crash)
    #expect(
      failure(.signal(SIGSEGV)).message
        == "the process ended with signal 11 while sampling; the clip may be damaged, try it after "
        + "`ffmpeg -i CLIP -c:v libx264 CLIP.mp4`, with --retry-failed")
    #expect(
      failure(.status(2)).message
        == "the process ended with status 2 while sampling; try it with --retry-failed")
  }
}
