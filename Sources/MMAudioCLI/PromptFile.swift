import Foundation
import MMAudioMedia

/// A file that has a prompt: text in UTF-8, or in UTF-16 with a byte order mark, of which white space at
/// both ends does not count.
struct PromptFile {
  /// More bytes than this are no prompt; CLIP reads 77 tokens.
  static let longest = 1 << 20

  /// The prompt.
  let text: String

  /// Reads the file at `path`, or the standard input for `-`.
  init(path: String) throws(CommandError) {
    let isPipe = path == StandardInput.path
    guard let file = isPipe ? .standardInput : fileHandle(forReading: path),
      // Nothing at all is read of an empty file.
      let data = try? file.read(upToCount: Self.longest + 1) ?? Data()
    else { throw .promptFile(path: path, problem: "cannot be read") }
    guard data.count <= Self.longest else {
      throw .promptFile(path: path, problem: "is longer than \(Self.longest >> 20) MiB")
    }
    // A zero tells text from UTF-16 without a mark, and from all that is no text.
    guard let bytes = TextFile.utf8(data), !bytes.contains(0),
      let text = String(validating: bytes, as: UTF8.self)
    else { throw .promptFile(path: path, problem: "is neither UTF-8 nor UTF-16") }
    self.text = text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
