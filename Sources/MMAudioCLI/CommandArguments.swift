import MMAudioKernels
import MMAudioMedia

/// The words of the command line, without the program's own name.
enum CommandArguments {
  /// What a worker of a batch gets as its last word.
  static let worker = "--worker"

  /// The words, of which any may be a path, whose bytes need not be UTF-8.
  static let all: [String] = {
    let words = Program.arguments.dropFirst()
    // A worker's are those of the process that started it, which has made text of them already.
    let isText = words.last.map { String(cString: $0) } == worker
    return words.map { isText ? String(cString: $0) : String(systemPath: $0) }
  }()
}
