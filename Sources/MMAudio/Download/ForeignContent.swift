import Foundation

/// What servers send in place of a file, told by how it begins.
enum ForeignContent {
  /// So many bytes are enough to tell.
  static let headCount = 16

  /// What it is that begins with `head`, in words; nil if it may be a checkpoint.
  static func name(_ head: Data) -> String? {
    let bytes = [UInt8](head)
    if Checkpoint.mayBegin(with: bytes) { return nil }
    if bytes.isEmpty { return "nothing" }
    if bytes.starts(with: [0x1F, 0x8B]) { return "a gzip archive" }
    let text = String(decoding: bytes, as: UTF8.self).lowercased()
      .trimmingCharacters(in: .whitespacesAndNewlines.union(["\u{FEFF}"]))
    if text.hasPrefix("<!doctype h") || text.hasPrefix("<html") { return "an HTML page" }
    if text.hasPrefix("<") { return "a page" }
    if text.hasPrefix("version https:") { return "a Git LFS pointer" }
    let isText = bytes.allSatisfy { (0x20..<0x7F).contains($0) || [9, 10, 13].contains($0) }
    return isText ? "a text" : "data of another kind"
  }
}
