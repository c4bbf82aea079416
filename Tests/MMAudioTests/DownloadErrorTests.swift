import Testing

@testable import MMAudio

@Suite struct DownloadErrorTests {
  static let messages: [(DownloadError, String)] = [
    (
      .unreachable(url: "http://x/a", reason: "timed out", tries: 6),
      "cannot download 'http://x/a' (timed out), tried 6 times; check the network and $https_proxy, "
        + "then run the same command again: it goes on where it stopped"
    ),
    (
      .refused(url: "http://x/a", status: 404),
      "'http://x/a' answers with status 404, expected 200; try again later, or pass a mirror with "
        + "--base-url"
    ),
    (
      .busy(url: "http://x/a", status: 503, waited: 543, asked: nil),
      "'http://x/a' is busy (status 503) after 10 min of waiting; run the same command again later: it "
        + "goes on where it stopped"
    ),
    (
      .busy(url: "http://x/a", status: 429, waited: 0, asked: 90),
      "'http://x/a' is busy (status 429) and asks to be left alone for 90 s; run the same command again "
        + "later: it goes on where it stopped"
    ),
    (
      .wrongContent(url: "http://x/a", found: "an HTML page instead of the file"),
      "'http://x/a' sent an HTML page instead of the file, and so it did when asked again; log in to the "
        + "network if it asks for that, or pass another mirror with --base-url"
    ),
    (
      .wrongChecksum(path: "a", expected: "12", found: "34"),
      "'a' has the checksum 34, expected 12; run the same command again, or pass another mirror with "
        + "--base-url"
    ),
    (
      .wrongNetwork(
        path: "v1-44.pth", found: [.vocoder(.rate16k)], expected: [.vaeDecoder(.rate44k)]),
      "'v1-44.pth' holds the 16k vocoder, expected the 44k mel decoder; run the same command with "
        + "another --base-url, or put the published file there"
    ),
    (
      .licenceNotAccepted(asked: true),
      "nothing was downloaded: the licences were not accepted; answer y, or pass --accept-license"
    ),
    (
      .licenceNotAccepted(asked: false),
      "cannot ask whether you accept the licences, this is no terminal; read them and pass "
        + "--accept-license"
    ),
    (
      .noSpace(folder: "d", needed: 12_340_000_000, free: 60_000_000),
      "the disk of 'd' has 0.1 GB free, expected 12.3 GB for the downloads and what they become; free some "
        + "space, choose another disk with --models, or pass --dtype f16"
    ),
    (
      .offline(folder: "d", missing: ["a", "b"]),
      "'d' lacks a, b; put the published files there, or leave out --offline"
    ),
    (
      .badAddress("x"),
      "'x' is no address of a mirror, expected one like https://example.org/models; pass it with "
        + "--base-url"
    ),
    (
      .shipped(.nano),
      "nano_16k ships with mmaudio and is not downloaded; run `mmaudio generate --variant nano_16k`"
    ),
    (
      .notInstalled(.standard, folder: "m"), "'m' has no large_44k_v2; see `mmaudio models list`"
    ),
    (
      .notConfirmed,
      "nothing was removed: nobody said yes; answer y on a terminal, or pass --yes"
    ),
    (
      .damaged(count: 1, folder: "m"),
      "1 file in 'm' is damaged; delete it and run `mmaudio models pull` again"
    ),
    (
      .damaged(count: 2, folder: "m"),
      "2 files in 'm' are damaged; delete them and run `mmaudio models pull` again"
    ),
    (
      .damagedRecord(path: "r"),
      "'r' is damaged: expected the list of downloads as JSON; delete it, the models stay usable"
    ),
    (
      .output(.diskFull(path: "p")),
      "'p' cannot be written, the disk is full; free some space or choose another disk"
    ),
    (.weights(.fileMissing(path: "a")), "there is no file 'a'; check the path"),
  ]

  @Test("every error is one line that says what to do", arguments: messages)
  func message(error: DownloadError, line: String) { #expect(error.description == line) }
}
