import Foundation

/// Text files as people's editors write them.
enum TextFile {
  /// The text in UTF-8 without a byte order mark.
  ///
  /// - Parameter data: UTF-8, which is not checked, with or without a mark, or UTF-16 with one
  /// - Returns: nil where UTF-16 is promised and not kept
  static func utf8(_ data: Data) -> Data? {
    if data.starts(with: [0xEF, 0xBB, 0xBF]) { return data.dropFirst(3) }
    let isLittleEndian = data.starts(with: [0xFF, 0xFE])
    guard isLittleEndian || data.starts(with: [0xFE, 0xFF]) else { return data }
    guard data.count.isMultiple(of: 2) else { return nil }
    let bytes = [UInt8](data)
    let units = stride(from: 2, to: bytes.count, by: 2).map { place in
      let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
      return isLittleEndian ? second << 8 | first : first << 8 | second
    }
    return String(validating: units, as: UTF16.self).map { Data($0.utf8) }
  }
}
