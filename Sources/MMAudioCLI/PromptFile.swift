import Foundation
import MMAudioMedia

/// A file that has a prompt: UTF-8 text, of which white space at both ends does not count.
struct PromptFile {
  /// More bytes than this are no prompt; CLIP reads 77 tokens.
  static let longest = 1 << 20

  /// The prompt.
  let text: String

  /// Reads the file at `path`, or the standard input for `-`.
  init(path: String) throws(CommandError) {
    let isPipe = path == StandardInput.path
    guard let file = isPipe ? .standardInput : FileHandle(forReadingAtPath: path),
      // Nothing at all is read of an empty file.
      let data = try? file.read(upToCount: Self.longest + 1) ?? Data()
    else { throw .promptFile(path: path, problem: "cannot be read") }
    guard data.count <= Self.longest else {
      throw .promptFile(path: path, problem: "is longer than \(Self.longest >> 20) MiB")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .promptFile(path: path, problem: "is not UTF-8")
    }
    self.text = text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
