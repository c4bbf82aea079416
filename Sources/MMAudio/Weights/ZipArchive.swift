import Foundation

/// The entries of a zip file as `torch.save` writes it, 64-bit extensions included.
///
/// `torch.save` never compresses; an entry that is cannot be read. Every offset and length is checked
/// against the file (format: PKWARE APPNOTE.TXT 6.3, sections 4.3 and 4.5.3).
struct ZipArchive {
  /// Where one entry's bytes stand.
  struct Entry {
    let name: String
    /// Byte offset of the entry's first byte in the file.
    let offset: Int
    let size: Int
    /// What keeps it from being read as it stands, if anything.
    fileprivate let packing: String?
  }

  /// All entries by name.
  private let entries: [String: Entry]
  private let path: String

  /// Names of all entries.
  var names: some Collection<String> { entries.keys }

  /// The entry `name`, if it is there; refuses a compressed one.
  func entry(_ name: String) throws(WeightError) -> Entry? {
    guard let entry = entries[name] else { return nil }
    if let packing = entry.packing {
      throw .malformed(
        path: path, problem: "its entry '\(name)' is \(packing), which torch.save never does")
    }
    return entry
  }

  private static let endSize = 22
  private static let locatorSize = 20
  /// A large checkpoint has a few thousand entries; this is far above and bounds memory.
  private static let directoryLimit = 256 << 20

  private struct Directory {
    var entryCount: Int
    var size: Int
    var offset: Int
  }

  /// Reads the directory of `file`.
  init(_ file: InputFile) throws(WeightError) {
    let directory = try Self.findDirectory(file)
    guard directory.size <= Self.directoryLimit, directory.offset <= file.size,
      directory.size <= file.size - directory.offset
    else { throw .malformed(path: file.path, problem: "its zip directory lies outside the file") }
    let bytes = try file.bytes(directory.size, at: directory.offset, part: "its zip directory")
    var reader = LittleEndianReader(bytes[...])
    var entries: [String: Entry] = [:]
    for _ in 0..<directory.entryCount {
      let entry = try Self.readEntry(&reader, file, limit: directory.offset)
      guard entries.updateValue(entry, forKey: entry.name) == nil else {
        throw .malformed(path: file.path, problem: "it holds '\(entry.name)' twice")
      }
    }
    self.entries = entries
    path = file.path
  }

  /// Finds the end record, which is the last thing in the file but for a comment.
  private static func findDirectory(_ file: InputFile) throws(WeightError) -> Directory {
    let tailSize = min(file.size, endSize + 0xFFFF)
    let tailOffset = file.size - tailSize
    let tail = try file.bytes(tailSize, at: tailOffset, part: "its zip directory")
    var candidate = tailSize - endSize
    while candidate >= 0 {
      if tail[candidate] == 0x50, tail[candidate + 1] == 0x4B, tail[candidate + 2] == 5,
        tail[candidate + 3] == 6
      {
        var reader = LittleEndianReader(tail[(candidate + 10)...])
        if let count = reader.size(2), let size = reader.size(4),
          let offset = reader.size(4), let comment = reader.size(2),
          candidate + endSize + comment == tailSize
        {
          let end = tailOffset + candidate
          let directory = Directory(entryCount: count, size: size, offset: offset)
          return try extended(directory, end: end, file) ?? directory
        }
      }
      candidate -= 1
    }
    throw .truncated(path: file.path, part: "its zip directory")
  }

  /// The 64-bit end record, if a locator for it precedes the end record at `end`.
  private static func extended(
    _ directory: Directory, end: Int, _ file: InputFile
  ) throws(WeightError) -> Directory? {
    guard end >= locatorSize else { return nil }
    let locator = try file.bytes(locatorSize, at: end - locatorSize, part: "its zip directory")
    guard locator[0..<4].elementsEqual([0x50, 0x4B, 6, 7]) else { return nil }
    var reader = LittleEndianReader(locator[8...])
    guard let offset = reader.size(8) else {
      throw .malformed(path: file.path, problem: "its zip64 record lies outside the file")
    }
    let record = try file.bytes(56, at: offset, part: "its zip64 record")
    guard record[0..<4].elementsEqual([0x50, 0x4B, 6, 6]) else {
      throw .malformed(path: file.path, problem: "its zip64 record is missing")
    }
    var fields = LittleEndianReader(record[32...])
    guard let count = fields.size(8), let size = fields.size(8),
      let start = fields.size(8)
    else { throw .malformed(path: file.path, problem: "its zip64 record is impossible") }
    return Directory(entryCount: count, size: size, offset: start)
  }

  /// Reads one directory entry and finds where its bytes start.
  private static func readEntry(
    _ reader: inout LittleEndianReader, _ file: InputFile, limit: Int
  ) throws(WeightError) -> Entry {
    let malformed = WeightError.malformed(
      path: file.path, problem: "its zip directory has a bad entry")
    guard reader.size(4) == 0x0201_4B50, reader.take(4) != nil,
      let flags = reader.unsigned(2), let method = reader.unsigned(2),
      reader.take(8) != nil, var stored = reader.size(4),
      var size = reader.size(4), let nameLength = reader.size(2),
      let extraLength = reader.size(2), let commentLength = reader.size(2),
      reader.take(8) != nil, var header = reader.size(4),
      let nameBytes = reader.take(nameLength), let extra = reader.take(extraLength),
      reader.take(commentLength) != nil
    else { throw malformed }
    let name = String(decoding: nameBytes, as: UTF8.self)
    let packing = flags & 1 != 0 ? "encrypted" : method != 0 ? "compressed" : nil
    guard extend(&size, &stored, &header, extra), packing != nil || size == stored,
      header <= limit
    else { throw malformed }
    let local = try file.bytes(30, at: header, part: "its entry '\(name)'")
    var fields = LittleEndianReader(local[26...])
    guard local[0..<4].elementsEqual([0x50, 0x4B, 3, 4]),
      let localNameLength = fields.size(2), let localExtra = fields.size(2)
    else { throw malformed }
    let offset = header + 30 + localNameLength + localExtra
    guard offset <= limit, stored <= limit - offset else { throw malformed }
    return Entry(name: name, offset: offset, size: size, packing: packing)
  }

  /// Replaces the fields that are all ones by their 64-bit values in the extra field.
  private static func extend(
    _ size: inout Int, _ stored: inout Int, _ header: inout Int, _ extra: ArraySlice<UInt8>
  ) -> Bool {
    guard size == 0xFFFF_FFFF || stored == 0xFFFF_FFFF || header == 0xFFFF_FFFF else {
      return true
    }
    var reader = LittleEndianReader(extra)
    while let kind = reader.unsigned(2), let length = reader.size(2),
      let body = reader.take(length)
    {
      guard kind == 1 else { continue }
      var fields = LittleEndianReader(body)
      if size == 0xFFFF_FFFF {
        guard let value = fields.size(8) else { return false }
        size = value
      }
      if stored == 0xFFFF_FFFF {
        guard let value = fields.size(8) else { return false }
        stored = value
      }
      if header == 0xFFFF_FFFF {
        guard let value = fields.size(8) else { return false }
        header = value
      }
      return true
    }
    return false
  }
}
