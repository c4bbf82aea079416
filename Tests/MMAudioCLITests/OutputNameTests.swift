import Testing

@testable import MMAudioCLI

/// Names of outputs.
@Suite struct OutputNameTests {
  private func row(_ id: String, video: String? = nil) -> ClipRow {
    var row = ClipRow(source: ClipSource(path: "clips.csv", line: 2))
    row.id = id
    row.video = video
    return row
  }

  @Test("every part, and what there is without a template")
  func parts() throws {
    let clip = row("folder/one", video: "some.where/a.b.mp4")
    #expect(
      try OutputName("{stem}-{take}/{id}.{ext}").paths(for: clip, takes: 2, fileExtension: "flac")
        == ["a.b-1/folder/one.flac", "a.b-2/folder/one.flac"])
    #expect(
      try OutputName("{stem}.x").paths(for: row("a/b"), takes: 1, fileExtension: "wav") == ["b.x"])
    #expect(
      try OutputName.standard(takes: 1).paths(for: clip, takes: 1, fileExtension: "wav")
        == ["folder/one.wav"])
    #expect(
      try OutputName.standard(takes: 2).paths(for: clip, takes: 2, fileExtension: "wav")
        == ["folder/one.1.wav", "folder/one.2.wav"])
  }

  @Test(
    "templates that are none",
    arguments: [
      ("{index}.{ext}", "has the unknown part {index}"),
      ("{id", "has a brace without its other one"),
      ("id}{id}", "has a brace without its other one"), ("{}{id}", "has the unknown part {}"),
      ("{take}.{ext}", "gives every clip one name"), ("", "gives every clip one name"),
    ])
  func badTemplate(template: String, problem: String) {
    #expect(throws: BatchError.template(template, problem: problem)) { try OutputName(template) }
  }

  @Test(
    "names that leave the folder, or that no file can have",
    arguments: [
      ("/a", "/a.wav", Self.outside), ("../a", "../a.wav", Self.outside),
      ("a//b", "a//b.wav", Self.outside), ("./a", "./a.wav", Self.outside),
      // A character that joins the slash which follows it.
      ("\u{600}/../../a", "\u{600}/../../a.wav", Self.outside),
      ("a\u{1B}", "a\u{1B}.wav", "has control characters"),
    ])
  func badName(id: String, name: String, problem: String) {
    #expect(throws: BatchError.outputName(row(id).source, name: name, problem: problem)) {
      try OutputName("{id}.{ext}").paths(for: row(id), takes: 1, fileExtension: "wav")
    }
  }

  private static let outside =
    "has a part that is empty, '.' or '..', expected a path inside the output folder"

  @Test("a name of 255 bytes is the longest; of longer ones the middle becomes a digest")
  func longest() throws {
    func names(_ id: String, takes: Int = 1) throws -> [String] {
      try OutputName.standard(takes: takes).paths(for: row(id), takes: takes, fileExtension: "wav")
    }
    let id = "x/" + String(repeating: "a", count: 251)
    #expect(try names(id) == [id + ".wav"])
    // é has two bytes.
    let long = try names(id + "é") + names(id + "e") + names(id + "e", takes: 2)
    #expect(Set(long).count == 4)
    #expect(long.allSatisfy { $0.utf8.count == 257 && $0.hasPrefix("x/aaa") })
    #expect(long[0].hasSuffix("~aaaaaaaaaaaaaaé.wav"))
    #expect(long[3].hasSuffix(".2.wav"))
    #expect(Sidecar.path(beside: "x/a.wav") == "x/a.wav.json")
    let sidecar = Sidecar.path(beside: id + ".wav")
    #expect(sidecar.utf8.count == 257 && sidecar.hasSuffix("a.wav.json"))
    let folder = String(repeating: "b", count: 256)
    let problem = "has a folder whose name has more than 255 bytes"
    #expect(
      throws: BatchError.outputName(row("").source, name: folder + "/a.wav", problem: problem)
    ) { try names(folder + "/a") }
  }

  @Test("several takes need names of their own")
  func takes() throws {
    let clip = row("a")
    #expect(throws: BatchError.takesWithoutName(clip.source, template: "{id}.{ext}")) {
      try OutputName("{id}.{ext}").paths(for: clip, takes: 2, fileExtension: "wav")
    }
  }
}
