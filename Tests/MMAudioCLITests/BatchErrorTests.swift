import MMAudio
import Testing

@testable import MMAudioCLI

/// Why there is no plan for a batch, word for word.
@Suite struct BatchErrorTests {
  private static let row = ClipSource(path: "clips.csv", line: 3)
  private static let file = ClipSource(path: "clips/a.mp4")

  @Test("every error as one line, with its status", arguments: errors)
  func line(error: BatchError, status: Int32, line: String) {
    #expect(CommandError.line(for: error) == line)
    #expect(CommandError.status(for: error) == status)
  }

  private static let errors: [(BatchError, Int32, String)] = [
    (
      .nothingToDo, 64,
      "there are no clips; give videos, folders or patterns, or --manifest"
    ),
    (
      .twoSources(manifest: "a.csv"), 64,
      "there are inputs and --manifest 'a.csv', expected one of them; leave one out"
    ),
    (
      .oneStandardInput, 64,
      "the manifest and the prompt are both to come from the standard input; put one "
        + "into a file"
    ),
    (
      .noInput(path: "a.mp4"), 66,
      "there is no 'a.mp4', expected videos, folders or patterns such as "
        + "'clips/*.mp4'; check the path"
    ),
    (
      .noVideos(folder: "clips", recursive: false), 66,
      "the folder 'clips' has no videos; pass --recursive to look into its folders too"
    ),
    (
      .noVideos(folder: "clips", recursive: true), 66,
      "the folder 'clips' has no videos; check the path, or name the files"
    ),
    (
      .unreadable(path: "a.csv"), 66,
      "'a.csv' cannot be read; check the path and its permissions"
    ),
    (
      .manifestFormat(path: "a.txt"), 64,
      "the manifest 'a.txt' has no extension that names its format, expected .jsonl or "
        + ".csv; rename it, or pipe JSON Lines into --manifest -"
    ),
    (
      .manifestTooLarge(path: "a.csv", most: 64 << 20), 65,
      "the manifest 'a.csv' is larger than 64 MiB; split it"
    ),
    (
      .emptyManifest(path: "a.csv"), 65,
      "the manifest 'a.csv' has no clips, expected one a row; check what wrote it"
    ),
    (
      .manifestText(path: "a.csv"), 65,
      "the manifest 'a.csv' is not the UTF-16 that its first bytes promise; save it as UTF-8"
    ),
    (
      .onlyWritten(path: "out"), 66,
      "'out' has only videos that mmaudio wrote, as the .json beside each says; name others, or list "
        + "them with --manifest"
    ),
    (
      .emptyClip(row), 64,
      "line 3 of 'clips.csv' has neither a video nor a prompt; give it one, or pass "
        + "--prompt for all"
    ),
    (
      .request(row, .takes(found: 0, most: 64)), 64,
      "line 3 of 'clips.csv': 0 takes cannot be made, expected 1 to 64; pass another number with --takes"
    ),
    (
      .id(row, id: "a\n", problem: "has control characters"), 64,
      "line 3 of 'clips.csv' has the id 'a\n', which has control characters; give it "
        + "another one"
    ),
    (
      .sameID("a", row, ClipSource(path: "clips.csv", line: 9)), 64,
      "line 3 of 'clips.csv' and line 9 of 'clips.csv' have the same id 'a', expected "
        + "one of its own for each; change one"
    ),
    (
      .sameID("a", file, ClipSource(path: "clips/a.mov")), 64,
      "'clips/a.mp4' and 'clips/a.mov' have the same id 'a', expected one of its own "
        + "for each; change one, or give them ids with --manifest"
    ),
    (
      .template("{x}", problem: "has the unknown part {x}"), 64,
      "the name '{x}' has the unknown part {x}, expected a template such as "
        + "'{id}.{take}.{ext}'; it may have {id}, {stem}, {take} and {ext}"
    ),
    (
      .takesWithoutName(row, template: "{id}.wav"), 64,
      "line 3 of 'clips.csv' has several takes, which '{id}.wav' gives one name; add "
        + "{take} to --name"
    ),
    (
      .outputName(file, name: "../a.wav", problem: "leaves"), 64,
      "the output '../a.wav' for 'clips/a.mp4' leaves; give the clip another id, or "
        + "pass --name"
    ),
    (
      .sameOutput("a.wav", row, file), 64,
      "line 3 of 'clips.csv' and 'clips/a.mp4' have the same output 'a.wav', expected "
        + "one of its own for each; use {id} in --name, or change an id"
    ),
    (
      .outputIsVideo("a.mp4", file), 64,
      "the output 'a.mp4' would replace the video of 'clips/a.mp4'; choose another "
        + "folder with -o, or another --name"
    ),
    (
      .shard("3"), 64,
      "the shard '3' cannot be read, expected i/n with 0 ≤ i < n, auto or auto/n"
    ),
    (
      .noScheduler, 64,
      "--shard auto finds no SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX, which Slurm "
        + "and Kubernetes set; write the shard as i/n"
    ),
    (
      .noShardCount(variable: "JOB_COMPLETION_INDEX"), 64,
      "--shard auto finds JOB_COMPLETION_INDEX, but not how many shards there are; "
        + "write --shard auto/n"
    ),
    (
      .scheduler(variable: "JOB_COMPLETIONS", value: "x"), 64,
      "JOB_COMPLETIONS is 'x', expected a whole number; write the shard as i/n"
    ),
    (
      .shardRange(index: 4, count: 4), 64,
      "there is no shard 4 of 4, expected one from 0 to 3; check the job's numbers, or "
        + "write the shard as i/n"
    ),
    (
      .unevenArray, 64,
      "the ids of the Slurm array have gaps, expected even steps; write --shard "
        + "auto/n, which takes the id as it is, with ids from 0 to n - 1"
    ),
  ]

  @Test("every problem of a row, behind its place", arguments: problems)
  func problem(problem: BatchError.RowProblem, line: String) {
    let piped = ClipSource(path: "-", line: 1)
    #expect(
      CommandError.line(for: BatchError.row(piped, problem: problem))
        == "line 1 of the standard input \(line)")
  }

  private static let problems: [(BatchError.RowProblem, String)] = [
    (
      .tooLong(most: 1 << 20),
      "is longer than 1 MiB, expected a clip; shorten it"
    ),
    (
      .notUTF8,
      "is not UTF-8; save the file as UTF-8"
    ),
    (
      .notJSON,
      #"is not JSON, expected an object on one line such as {"id": "a", "video": "#
        + #""a.mp4"}"#
    ),
    (
      .openQuote,
      #"has a quote that is not closed; close it, or write "" for a quote in a field"#
    ),
    (
      .looseQuote,
      #"has a quote inside a field; put the field into quotes, and write "" for each in "#
        + #"it"#
    ),
    (
      .fieldCount(found: 1, expected: 3),
      "has 1 field, expected 3 as in the first line; put a field with a comma into "
        + "quotes"
    ),
    (
      .fieldCount(found: 4, expected: 3),
      "has 4 fields, expected 3 as in the first line; put a field with a comma into "
        + "quotes"
    ),
    (
      .unknownKey("promt"),
      "has the unknown name 'promt' and none that is known, expected id, video, prompt, "
        + "negative_prompt, seed, duration, takes; correct it"
    ),
    (
      .repeatedKey("id"),
      "has 'id' twice, expected it once; delete one"
    ),
    (
      .value(.prompt),
      "has a value for prompt that is not text; correct it"
    ),
    (
      .value(.seed),
      "has a value for seed that is not a whole number of 64 bits; correct it"
    ),
    (
      .value(.duration),
      "has a value for duration that is not a number of seconds; correct it"
    ),
    (
      .value(.takes),
      "has a value for takes that is not a whole number; correct it"
    ),
    (
      .noID,
      "has neither an id nor a video to name it after; give it an id"
    ),
    (
      .badPath,
      "has a video whose path is empty or has control characters; correct it"
    ),
  ]
}
