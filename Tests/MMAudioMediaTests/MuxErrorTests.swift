import Foundation
import Testing

@testable import MMAudioMedia

@Suite struct MuxErrorTests {
  @Test("what a container cannot hold is refused before the work")
  func refused() throws {
    let (full, flac) = (try fixture("mux_full.mp4"), try fixture("mux_flac.mkv"))
    try withFolder { folder in
      let webm = folder + "/out.webm"
      #expect(throws: MuxError.videoCodec(path: webm, codec: "h264")) {
        try VideoMuxer(input: full, output: webm)
      }
      #expect(throws: MuxError.audioCodec(path: webm, codec: "flac")) {
        try VideoMuxer(input: flac, output: webm, originalAudio: .keep)
      }
      for original in [VideoMuxer.OriginalAudio.drop, .mix] {
        _ = try VideoMuxer(input: flac, output: webm, originalAudio: original)
      }
      let avi = folder + "/out.avi"
      #expect(
        throws: MuxError.unknownExtension(
          path: avi, found: "avi", supported: ["mp4", "m4v", "mov", "mkv", "webm"])
      ) {
        try VideoMuxer(input: full, output: avi)
      }
      #expect(throws: MuxError.gain(found: .infinity)) {
        try VideoMuxer(input: full, output: folder + "/out.mp4", mixGain: .infinity)
      }
      let nowhere = folder + "/none/out.mp4"
      #expect(throws: OutputError.missingFolder(path: nowhere, folder: folder + "/none")) {
        try VideoMuxer(input: full, output: nowhere)
      }
      #expect(throws: MediaError.missing(path: "/no/such.mp4")) {
        try VideoMuxer(input: "/no/such.mp4", output: folder + "/out.mp4")
      }
      let left = try names(in: folder)
      #expect(left == [])
    }
  }

  @Test("a sound that cannot be encoded leaves nothing behind, and what was there stays")
  func nothingLeft() throws {
    let input = try fixture("mux_full.mp4")
    try withFolder { folder in
      let path = folder + "/out.mp4"
      try write([1, 2, 3], to: path)
      let muxer = try VideoMuxer(input: input, output: path)
      #expect(throws: MuxError.notFinite(path: path, index: 1)) {
        try muxer.write([0, .nan], sampleRate: 16_000)
      }
      #expect(throws: MuxError.self) { try muxer.write([0], sampleRate: 12_345) }
      #expect(try names(in: folder) == ["out.mp4"])
      #expect(try contents(path) == [1, 2, 3])
      try muxer.write([0], sampleRate: 16_000)
      #expect(try MediaContents(path).sounds.count == 1)
    }
  }

  @Test("each error is one line that says what to do")
  func texts() {
    let texts: [(MuxError, String)] = [
      (
        .unknownExtension(path: "a", found: "", supported: ["mp4", "mkv"]),
        "'a' has no extension, expected one of mp4, mkv; rename the output"
      ),
      (
        .videoCodec(path: "a.webm", codec: "h264"),
        "'a.webm' cannot hold the input's h264 video; choose the extension mkv or mov, or wav for the "
          + "sound alone"
      ),
      (
        .audioCodec(path: "a.mov", codec: "vorbis"),
        "'a.mov' cannot hold the input's vorbis sound; "
          + "choose the extension mkv, or pass --original-audio mix or drop"
      ),
      (
        .noEncoder(path: "a.webm", encoder: "libopus"),
        "'a.webm' needs the encoder libopus, which this FFmpeg lacks; "
          + "choose another extension, or install an FFmpeg with it"
      ),
      (
        .noDecoder(path: "a.mp4", codec: "ac4", reason: "no"),
        "'a.mp4' has ac4 sound, which this FFmpeg cannot decode (no); "
          + "pass --original-audio keep or drop"
      ),
      (
        .sampleRate(path: "a.mp4", sampleRate: 1, reason: "no"),
        "'a.mp4' cannot hold sound of 1 Hz (no); "
          + "choose another --sample-rate, such as 48000, or the extension wav"
      ),
      (
        .gain(found: .infinity),
        "the gain of the original sound is inf, expected a finite number of decibels; "
          + "pass one such as --mix-gain -6"
      ),
      (
        .notFinite(path: "a.mp4", index: 3),
        "'a.mp4' is not written, sample 3 is not a finite number; "
          + "the model's weights may be damaged: run `mmaudio convert` again"
      ),
      (
        .refused(path: "a.mp4", reason: "no"),
        "'a.mp4' cannot be written as FFmpeg refuses the input's streams (no); "
          + "choose another container, such as mkv, or the extension wav for the sound alone"
      ),
    ]
    for (error, text) in texts { #expect("\(error)" == text) }
  }
}
