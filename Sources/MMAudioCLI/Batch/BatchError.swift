import MMAudio

/// Why there is no plan for a batch.
enum BatchError: Error, Equatable, CustomStringConvertible {
  /// There is neither an input nor a manifest.
  case nothingToDo
  /// There are inputs and a manifest.
  case twoSources(manifest: String)
  /// The manifest and the prompt are both to come from the standard input.
  case oneStandardInput
  /// An input is not there, or no path is like the pattern.
  case noInput(path: String)
  /// A folder has no videos.
  case noVideos(folder: String, recursive: Bool)
  /// All videos there were written by mmaudio.
  case onlyWritten(path: String)
  /// A folder or a manifest cannot be read.
  case unreadable(path: String)
  /// The extension of the manifest names no format.
  case manifestFormat(path: String)
  /// The manifest is beyond what is read; the limit is in bytes.
  case manifestTooLarge(path: String, most: Int)
  /// The manifest says that it is UTF-16, and is not.
  case manifestText(path: String)
  /// The manifest has no clip.
  case emptyManifest(path: String)
  /// A row is not what a row is; `problem` follows the place in the sentence.
  case row(ClipSource, problem: RowProblem)
  /// A clip has neither a video nor a prompt.
  case emptyClip(ClipSource)
  /// A clip asks for what cannot be met.
  case request(ClipSource, RequestError)
  /// An id is of no use as one.
  case id(ClipSource, id: String, problem: String)
  /// Two clips have one id.
  case sameID(String, ClipSource, ClipSource)
  /// The template is not one.
  case template(String, problem: String)
  /// A clip has several takes, which the template gives one name.
  case takesWithoutName(ClipSource, template: String)
  /// An output cannot be named so.
  case outputName(ClipSource, name: String, problem: String)
  /// Two clips have one output.
  case sameOutput(String, ClipSource, ClipSource)
  /// An output would replace the video of a clip.
  case outputIsVideo(String, ClipSource)
  /// The shard is not written as one.
  case shard(String)
  /// No scheduler has said which shard this is.
  case noScheduler
  /// A scheduler has not said how many shards there are.
  case noShardCount(variable: String)
  /// A variable of a scheduler is not what it is to be.
  case scheduler(variable: String, value: String)
  /// The shard's number is not below the number of shards.
  case shardRange(index: Int, count: Int)
  /// The ids of a Slurm array have gaps.
  case unevenArray

  var description: String {
    switch self {
    case .nothingToDo:
      "there are no clips; give videos, folders or patterns, or --manifest"
    case .twoSources(let manifest):
      "there are inputs and --manifest '\(manifest)', expected one of them; leave one out"
    case .oneStandardInput:
      "the manifest and the prompt are both to come from the standard input; put one into a file"
    case .noInput(let path):
      "there is no '\(path)', expected videos, folders or patterns such as 'clips/*.mp4'; check the path"
    case .noVideos(let folder, let recursive):
      "the folder '\(folder)' has no videos; "
        + (recursive
          ? "check the path, or name the files" : "pass --recursive to look into its folders too")
    case .onlyWritten(let path):
      "'\(path)' has only videos that mmaudio wrote, as the .json beside each says; name others, or list "
        + "them with --manifest"
    case .unreadable(let path):
      "'\(path)' cannot be read; check the path and its permissions"
    case .manifestFormat(let path):
      "the manifest '\(path)' has no extension that names its format, expected .jsonl or .csv; "
        + "rename it, or pipe JSON Lines into --manifest -"
    case .manifestTooLarge(let path, let most):
      "the manifest '\(path)' is larger than \(most >> 20) MiB; split it"
    case .manifestText(let path):
      "the manifest '\(path)' is not the UTF-16 that its first bytes promise; save it as UTF-8"
    case .emptyManifest(let path):
      "the manifest '\(path)' has no clips, expected one a row; check what wrote it"
    case .row(let source, let problem):
      "\(source) \(problem)"
    case .emptyClip(let source):
      "\(source) has neither a video nor a prompt; give it one, or pass --prompt for all"
    case .request(let source, let error):
      "\(source): \(error)"
    case .id(let source, let id, let problem):
      "\(source) has the id '\(id)', which \(problem); give it another one"
    case .sameID(let id, let first, let second):
      "\(first) and \(second) have the same id '\(id)', expected one of its own for each; change one"
        + (first.line == nil ? ", or give them ids with --manifest" : "")
    case .template(let template, let problem):
      "the name '\(template)' \(problem), expected a template such as '{id}.{take}.{ext}'; it may have "
        + "{id}, {stem}, {take} and {ext}"
    case .takesWithoutName(let source, let template):
      "\(source) has several takes, which '\(template)' gives one name; add {take} to --name"
    case .outputName(let source, let name, let problem):
      "the output '\(name)' for \(source) \(problem); give the clip another id, or pass --name"
    case .sameOutput(let path, let first, let second):
      "\(first) and \(second) have the same output '\(path)', expected one of its own for each; use "
        + "{id} in --name, or change an id"
    case .outputIsVideo(let path, let source):
      "the output '\(path)' would replace the video of \(source); choose another folder with -o, or "
        + "another --name"
    case .shard(let text):
      "the shard '\(text)' cannot be read, expected i/n with 0 ≤ i < n, auto or auto/n"
    case .noScheduler:
      "--shard auto finds no SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX, which Slurm and Kubernetes "
        + "set; write the shard as i/n"
    case .noShardCount(let variable):
      "--shard auto finds \(variable), but not how many shards there are; write --shard auto/n"
    case .scheduler(let variable, let value):
      "\(variable) is '\(value)', expected a whole number; write the shard as i/n"
    case .shardRange(let index, let count):
      "there is no shard \(index) of \(count), expected one from 0 to \(count - 1); check the job's "
        + "numbers, or write the shard as i/n"
    case .unevenArray:
      "the ids of the Slurm array have gaps, expected even steps; write --shard auto/n, which takes the "
        + "id as it is, with ids from 0 to n - 1"
    }
  }

  /// What is wrong with a row of a manifest, as words that follow its place.
  enum RowProblem: Error, Equatable, CustomStringConvertible {
    case tooLong(most: Int)
    case notUTF8
    case notJSON
    case openQuote
    case looseQuote
    case fieldCount(found: Int, expected: Int)
    case unknownKey(String)
    case repeatedKey(String)
    case value(ClipRow.Column)
    case noID
    case badPath

    /// Whether nobody knows where the next row begins.
    var endsList: Bool {
      switch self {
      case .openQuote, .tooLong: true
      default: false
      }
    }

    var description: String {
      switch self {
      case .tooLong(let most): "is longer than \(most >> 20) MiB, expected a clip; shorten it"
      case .notUTF8: "is not UTF-8; save the file as UTF-8"
      case .notJSON:
        "is not JSON, expected an object on one line such as {\"id\": \"a\", \"video\": \"a.mp4\"}"
      case .openQuote:
        "has a quote that is not closed; close it, or write \"\" for a quote in a field"
      case .looseQuote:
        "has a quote inside a field; put the field into quotes, and write \"\" for each in it"
      case .fieldCount(let found, let expected):
        "has \(found) field\(found == 1 ? "" : "s"), expected \(expected) as in the first line; put a "
          + "field with a comma into quotes"
      case .unknownKey(let key):
        "has the unknown name '\(key)' and none that is known, expected "
          + ClipRow.Column.allCases.map(\.rawValue).joined(separator: ", ") + "; correct it"
      case .repeatedKey(let key): "has '\(key)' twice, expected it once; delete one"
      case .value(let column):
        "has a value for \(column.rawValue) that is not \(column.meaning); correct it"
      case .noID: "has neither an id nor a video to name it after; give it an id"
      case .badPath: "has a video whose path is empty or has control characters; correct it"
      }
    }
  }
}
