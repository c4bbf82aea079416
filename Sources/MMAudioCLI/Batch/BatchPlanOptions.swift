import ArgumentParser
import MMAudioMedia

/// Which clips to make, and how their outputs are named.
struct BatchPlanOptions: ParsableArguments {
  @Argument(
    help: "Videos, folders of videos, or patterns in quotes such as 'clips/*.mp4'.",
    completion: .file())
  var inputs: [String] = []

  @Option(
    help: """
      File with a clip a row, as JSON Lines (.jsonl, or - for the standard input) or CSV: id, video, \
      prompt, negative_prompt, seed, duration, takes. Videos are relative to its folder.
      """, completion: .file(extensions: ["jsonl", "csv"]))
  var manifest: String?

  @Flag(help: "Look into the folders of folders too; links to folders are left out.")
  var recursive = false

  @Option(
    name: .shortAndLong, help: "Folder for the outputs; default: the current one.",
    completion: .directory)
  var output: String?

  @Option(
    help: """
      Template for the outputs' names, of {id}, {stem} (the video's name without its extension), \
      {take} and {ext}; default: {id}.{ext}, or {id}.{take}.{ext} for several takes.
      """)
  var name: String?

  @Option(
    help: """
      Make one part of the clips: i/n with 0 ≤ i < n; auto takes both from a Slurm array or a \
      Kubernetes indexed job, auto/n takes i from it.
      """)
  var shard: String?

  /// The clips, wherever they are listed, before they are checked, and what is to be said about them.
  func clips() throws -> (rows: [ClipRow], note: String?) {
    guard let manifest else {
      guard !inputs.isEmpty else { throw BatchError.nothingToDo }
      var search = ClipSearch(recursive: recursive)
      let rows = try search.rows(of: inputs)
      let note = "videos that mmaudio wrote are no clips: \(search.leftOut)"
      return (rows, search.leftOut > 0 ? note : nil)
    }
    guard inputs.isEmpty else { throw BatchError.twoSources(manifest: manifest) }
    let rows = try Manifest(path: manifest).rows
    // One of them may be a name that was meant to be another.
    let names = Set(rows.flatMap(\.extra.keys)).sorted()
    let note = "kept for the results, and not used: \(names.joined(separator: ", "))"
    return (rows, names.isEmpty ? nil : note)
  }
}
