import Foundation

/// Pictures in files of their own that are the frames of a video, as renderers write them.
public struct PictureSequence: Sendable {
  /// The files in the order of showing.
  public let files: [String]
  /// The number in the first file's name.
  let firstNumber: Int
  /// The names as FFmpeg writes them, from the root.
  let pattern: String

  /// Extensions of pictures; other files in a folder are none.
  private static let extensions: Set<String> = [
    "bmp", "dpx", "exr", "jp2", "jpeg", "jpg", "png", "tga", "tif", "tiff", "webp",
  ]

  /// The sequence that a path stands for, which is a folder of numbered pictures, or has a number such as
  /// `%04d` in its name and is no file itself.
  ///
  /// - Parameter path: any
  /// - Returns: nil if there is none
  /// - Throws: that pictures are missing, or not numbered
  public static func find(at path: String) throws(MediaError) -> PictureSequence? {
    if isFolder(path) {
      let folder = path.hasSuffix("/") ? path : path + "/"
      let names = names(in: folder).filter { extensions.contains(pathExtension(of: $0)) }
      guard let first = names.first else { return nil }
      guard let parts = first.wholeMatch(of: #/(.*?)([0-9]+)(\.[^.]+)/#)?.output else {
        throw .notNumbered(path: path, name: first)
      }
      let numbers = Numbers(prefix: String(parts.1), suffix: String(parts.3))
      if let other = names.first(where: { numbers.number(in: $0) == nil }) {
        throw .notNumbered(path: path, name: other)
      }
      return try PictureSequence(names, numbers, in: folder, path: path)
    }
    guard !FileManager.default.fileExists(atPath: path) else { return nil }
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    guard let parts = name.wholeMatch(of: #/([^%]*)%(?:0([0-9]{1,2}))?d([^%]*)/#)?.output else {
      return nil
    }
    let folder = String(path.dropLast(name.count))
    let numbers = Numbers(
      prefix: String(parts.1), suffix: String(parts.3), digits: parts.2.flatMap { Int($0) } ?? 1)
    let names = names(in: folder).filter { numbers.number(in: $0) != nil }
    guard !names.isEmpty else { return nil }
    return try PictureSequence(names, numbers, in: folder, path: path)
  }

  /// What stands around the numbers in names.
  private struct Numbers {
    let prefix: String
    let suffix: String
    /// Digits at least; nil if it is not known.
    var digits: Int?

    /// The number in a name, if that is all there is beside the prefix and the suffix.
    func number(in name: String) -> Int? {
      guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
      let text = name.dropFirst(prefix.count).dropLast(suffix.count)
      guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(text) else {
        return nil
      }
      return digits.map { text == Self.text(number, digits: $0) } ?? true ? number : nil
    }

    /// The name with a number.
    func name(_ number: Int, digits: Int) -> String {
      prefix + Self.text(number, digits: digits) + suffix
    }

    private static func text(_ number: Int, digits: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
  }

  private init(
    _ names: [String], _ numbers: Numbers, in folder: String, path: String
  ) throws(MediaError) {
    let found = names.compactMap { numbers.number(in: $0) }.sorted()
    let longest = names.map { $0.count - numbers.prefix.count - numbers.suffix.count }
    let digits = numbers.digits ?? longest.min() ?? 1
    let existing = Set(names)
    firstNumber = found[0]
    // As many as there are names, so that a gap shows.
    files = (0..<names.count).map { folder + numbers.name(found[0] + $0, digits: digits) }
    for number in found[0]..<found[0] + names.count {
      let name = numbers.name(number, digits: digits)
      guard existing.contains(name) else { throw .pictureMissing(path: path, name: name) }
    }
    // From the root, where no name is taken for a protocol.
    let root = URL(fileURLWithPath: folder.isEmpty ? "." : folder).path
    func escaped(_ text: String) -> String { text.replacingOccurrences(of: "%", with: "%%") }
    pattern =
      escaped(root + "/" + numbers.prefix) + "%0\(digits)d" + escaped(numbers.suffix)
  }

  /// Visible files in a folder, whose path is empty or ends in a slash, in the order of their bytes.
  private static func names(in folder: String) -> [String] {
    let all = try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)
    return (all ?? []).filter { !$0.hasPrefix(".") }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
