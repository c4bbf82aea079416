import Testing

@testable import MMAudio
@testable import MMAudioCLI
@testable import MMAudioMedia

/// The exit status of every error, which scripts tell mistakes apart by.
@Suite struct StatusTests {
  private func expect<Mistake: Error>(_ status: Int32, _ errors: [Mistake]) {
    for error in errors {
      #expect(CommandError.status(for: error) == status, "\(error)")
      #expect(CommandError.line(for: error) == "\(error)")
    }
  }

  @Test("what the command finds itself")
  func command() {
    expect(
      64,
      [
        CommandError.nothingToDo, .twoPrompts(path: ""), .outputIsInput(path: ""),
        .twoOutputs(path: ""), .noVideoToCopy(path: ""), .soundAlone(path: ""),
        .standardOutputTaken(option: ""),
      ])
    expect(
      66,
      [CommandError.promptFile(path: "", problem: ""), .videoOfRecord(path: "", name: "")])
    expect(69, [CommandError.unfit(problems: 1)])
    expect(
      73, [CommandError.outputExists(path: "", option: ""), .logFile(path: "", reason: "")])
    expect(74, [CommandError.standardOutput])
    expect(3, [CommandError.clipsFailed(failed: 1, total: 2)])
    expect(66, [CommandError.noBatch(folder: "")])
    expect(73, [CommandError.resultsFile(path: "", reason: "")])
    expect(
      75,
      [
        CommandError.worker(reason: ""), .noMemory, .clipsUnfinished(failed: 1, total: 2),
        .clipsMissing(clips: 1, shards: [], folder: ""),
      ])
  }

  @Test("requests, stages and records")
  func work() {
    expect(
      64,
      [
        RequestError.tooShort(seconds: 0, shortest: 1), .tooLong(seconds: 1, longest: 0),
        .window(found: 0, shortest: 1, longest: 2), .overlap(found: 1, longest: 0),
        .takes(found: 0, most: 1), .steps(found: 0, most: 1), .guidance(found: .nan),
        .frameRate(found: 0),
      ])
    expect(64, [StageError.option("")])
    expect(
      65,
      [
        StageError.missing("", found: []), .type("", found: "", expected: ""),
        .shape("", found: [], expected: ""), .notFinite(""),
      ])
    expect(
      65,
      [
        PipelineError.widths(what: "", found: 1, network: "", expected: 2),
        .lengths(what: "", found: 1, expected: 2), .notFinite(stage: .sample),
      ])
    expect(65, [RecordError.none(path: ""), .otherVersion(path: "", version: "")])
  }

  @Test("files with weights")
  func weights() {
    expect(
      64,
      [
        WeightError.variantNeeded(path: "", []), .unknownVariant(name: ""),
        .sameOutput(first: "", second: "", output: ""), .outputIsSource(path: ""),
        .convertedAs(path: "", variant: .nano),
      ])
    expect(
      65,
      [
        WeightError.notACheckpoint(path: ""), .legacyCheckpoint(path: ""),
        .truncated(path: "", part: ""), .malformed(path: "", problem: ""),
        .program(path: "", format: ""), .shard(path: "", .index),
        .forbiddenGlobal(path: "", name: ""), .pickledObject(path: "", key: "", name: ""),
        .unsupportedElementType(path: "", tensor: "", type: ""),
        .wrongNetwork(path: "", found: "", expected: .clipText),
        .otherConverter(path: "", found: ""), .missing(path: "", tensor: ""),
        .shape(path: "", tensor: "", expected: [], found: []), .leftOver(path: "", tensors: []),
        .nonFinite(path: "", tensor: ""), .overflow(path: "", tensor: "", type: ""),
        .unrecognizedNetwork(path: "", tensors: []), .alreadyConverted(path: "", found: nil),
        .wrongVariant(path: "", variant: .nano, problem: "", fitting: []),
        .publishedUnderModelName(path: "", found: []),
        .otherSize(path: "", network: "", problem: ""),
        .otherName(path: "", found: [.clipText], expected: [.clipImage]),
        .notFlow(path: "", found: []),
      ])
    expect(75, [WeightError.noMemory(path: "", byteCount: 1)])
    expect(
      66,
      [
        WeightError.fileMissing(path: ""), .unreadable(path: "", reason: ""),
        .noCheckpoints(path: ""),
      ])
    expect(
      69,
      [
        WeightError.modelFilesMissing(folder: "", files: [], variant: .standard),
        .shippedFilesMissing(folder: "", files: []), .notConverted(folder: "", published: []),
        .misnamed(folder: "", name: "", file: .clipText),
      ])
    expect(
      73, [WeightError.outputExists(path: ""), .output(.folder(path: ""))])
    expect(
      74, [WeightError.cache(folder: "", .diskFull(path: "")), .output(.diskFull(path: ""))])
  }

  @Test("media and outputs")
  func media() {
    expect(
      66,
      [
        MediaError.missing(path: ""), .address(path: ""), .unreadable(path: "", reason: ""),
        .folder(path: ""),
      ])
    expect(
      65,
      [
        MediaError.notNumbered(path: "", name: ""), .pictureMissing(path: "", name: ""),
        .empty(path: ""), .notMedia(path: "", reason: ""), .noVideo(path: ""),
        .noDecoder(path: "", codec: "", reason: ""), .tooLarge(path: "", width: 1, height: 1),
        .noFrames(path: ""), .undecodable(path: "", codec: "", reason: ""),
        .unconvertible(path: "", pixelFormat: ""), .animatedWebP(path: ""),
      ])
    expect(64, [OutputError.terminal])
    expect(
      64,
      [
        MediaError.noStream(path: "", wanted: 1, found: [0]), .noFrameRate(path: "", pictures: 1),
      ])
    expect(
      64,
      [
        AudioError.unknownExtension(path: "", found: "", supported: []),
        .bitDepth(path: "", depth: .float32), .refused(path: "", sampleRate: 1, reason: ""),
      ])
    expect(65, [AudioError.notFinite(path: "", index: 0)])
    expect(
      64,
      [
        MuxError.unknownExtension(path: "", found: "", supported: []),
        .videoCodec(path: "", codec: ""), .audioCodec(path: "", codec: ""),
        .sampleRate(path: "", sampleRate: 1, reason: ""), .gain(found: .nan),
      ])
    expect(
      65,
      [
        MuxError.noDecoder(path: "", codec: "", reason: ""), .notFinite(path: "", index: 0),
        .refused(path: "", reason: ""),
      ])
    expect(69, [MuxError.noEncoder(path: "", encoder: "")])
    expect(69, [PictureError.refused(encoder: "", reason: "")])
    expect(
      64, [FinishError.sampleRate(found: 1), .peak(found: 1), .loudness(found: 1)])
    expect(69, [FinishError.refused(reason: "")])
    expect(
      73,
      [
        OutputError.missingFolder(path: "", folder: ""), .folder(path: ""),
        .cannotCreate(path: "", reason: ""),
      ])
    expect(
      74,
      [
        OutputError.diskFull(path: ""), .temporaryFolderFull(path: "", needed: 1, free: 0),
        .writeFailed(path: "", reason: ""),
      ])
  }

  @Test("downloads")
  func downloads() {
    expect(
      64,
      [
        DownloadError.licenceNotAccepted(asked: true), .badAddress(""), .shipped(.nano),
        .notInstalled(.nano, folder: ""), .notConfirmed,
      ])
    expect(
      65,
      [
        DownloadError.wrongContent(url: "", found: ""),
        .wrongChecksum(path: "", expected: "", found: ""),
        .wrongNetwork(path: "", found: [], expected: []), .damaged(count: 1, folder: ""),
        .damagedRecord(path: ""),
      ])
    expect(66, [DownloadError.weights(.fileMissing(path: ""))])
    expect(
      69,
      [
        DownloadError.unreachable(url: "", reason: "", tries: 1), .refused(url: "", status: 404),
        .busy(url: "", status: 503, waited: 1, asked: nil),
        .offline(folder: "", missing: []),
      ])
    expect(
      74,
      [
        DownloadError.noSpace(folder: "", needed: 1, free: 0), .output(.diskFull(path: "")),
      ])
  }
}
