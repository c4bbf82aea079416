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

  @Test("a part of 255 bytes is the longest")
  func longest() throws {
    let template = try OutputName(String(repeating: "a", count: 252) + "{id}")
    #expect(try template.paths(for: row("abc"), takes: 1, fileExtension: "").first?.count == 255)
    // é has two bytes.
    let name = String(repeating: "a", count: 252) + "abé"
    let problem = "has a part of more than 255 bytes"
    #expect(throws: BatchError.outputName(row("").source, name: name, problem: problem)) {
      try template.paths(for: row("abé"), takes: 1, fileExtension: "")
    }
  }

  @Test("several takes need names of their own")
  func takes() throws {
    let clip = row("a")
    #expect(throws: BatchError.takesWithoutName(clip.source, template: "{id}.{ext}")) {
      try OutputName("{id}.{ext}").paths(for: clip, takes: 2, fileExtension: "wav")
    }
  }
}
