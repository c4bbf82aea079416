import CLIPMerges

/// CLIP's byte-pair encoding: the bytes of a word become tokens of a vocabulary of 49,408.
///
/// A word is spelled in the merge table's alphabet, one printable character a byte, and ends in
/// `</w>`. Tokens 0 to 255 are the characters, 256 to 511 the characters that end a word, and 512
/// on the merges in order, so that a merge's place is both its priority and its token.
struct BytePairEncoding: Sendable {
  private let text: [UInt8]
  private let merges: [Merge]
  /// Open-addressing hash table by joined spelling: place of a merge plus one, zero where free.
  private let slots: [UInt16]

  /// Where `left right` stands in the text.
  private struct Merge {
    let start: Int
    let leftCount: Int
    let rightCount: Int
  }

  /// A piece of a word's spelling that is a token.
  private struct Symbol {
    let start: Int
    var end: Int
    var token: Int32
  }

  private static let mergeCount = 48_894
  private static let endOfWordOffset: Int32 = 256
  private static let firstMergeToken: Int32 = 512
  /// A power of two that leaves the table under half full.
  private static let slotCount = 131_072

  /// Reads the merge table that is part of the binary.
  init() {
    text = Array(clipMerges.utf8) + [UInt8(ascii: "\n")]
    merges = Self.readMerges(text)
    slots = Self.index(merges, in: text)
  }

  /// Tokens of one word.
  ///
  /// - Parameter bytes: UTF-8 of the word, not empty
  /// - Returns: ids below 49,406
  func callAsFunction(_ bytes: some Collection<UInt8>) -> [Int32] {
    precondition(!bytes.isEmpty, "BytePairEncoding: empty word")
    var (spelling, symbols) = spell(bytes)
    while true {
      let places = zip(symbols, symbols.dropFirst()).map { place(of: $0, $1, in: spelling) }
      let best = places.min() ?? Self.noPlace
      if best == Self.noPlace { return symbols.map(\.token) }

      var merged: [Symbol] = []
      var index = 0
      while index < symbols.count {
        if index < places.count, places[index] == best {
          let token = Self.firstMergeToken + Int32(best)
          merged.append(
            Symbol(start: symbols[index].start, end: symbols[index + 1].end, token: token))
          index += 2
        } else {
          merged.append(symbols[index])
          index += 1
        }
      }
      symbols = merged
    }
  }

  /// The word in the table's alphabet, one symbol a byte; the last symbol includes `</w>`.
  private func spell(_ bytes: some Collection<UInt8>) -> (spelling: [UInt8], symbols: [Symbol]) {
    var spelling: [UInt8] = []
    var symbols: [Symbol] = []
    for byte in bytes {
      let start = spelling.count
      spelling += Self.alphabet[Int(byte)].spelling
      symbols.append(
        Symbol(start: start, end: spelling.count, token: Self.alphabet[Int(byte)].token))
    }
    spelling += "</w>".utf8
    symbols[symbols.count - 1].end = spelling.count
    symbols[symbols.count - 1].token += Self.endOfWordOffset
    return (spelling, symbols)
  }

  // MARK: The merge table

  private static let noPlace = Int.max

  /// Place of the merge that joins two neighbours, or `noPlace`.
  private func place(of left: Symbol, _ right: Symbol, in spelling: [UInt8]) -> Int {
    var hash = Self.emptyHash
    for position in left.start..<right.end { hash = Self.extend(hash, by: spelling[position]) }
    var slot = Self.slot(hash)
    while slots[slot] != 0 {
      let place = Int(slots[slot]) - 1
      if isMerge(place, of: left, right, in: spelling) { return place }
      slot = (slot + 1) % Self.slotCount
    }
    return Self.noPlace
  }

  private func isMerge(
    _ place: Int, of left: Symbol, _ right: Symbol, in spelling: [UInt8]
  ) -> Bool {
    let merge = merges[place]
    guard merge.leftCount == left.end - left.start, merge.rightCount == right.end - right.start
    else { return false }
    let rightStart = merge.start + merge.leftCount + 1
    return text[merge.start..<rightStart - 1].elementsEqual(spelling[left.start..<left.end])
      && text[rightStart..<rightStart + merge.rightCount]
        .elementsEqual(spelling[right.start..<right.end])
  }

  private static func readMerges(_ text: [UInt8]) -> [Merge] {
    var merges: [Merge] = []
    merges.reserveCapacity(mergeCount)
    var start = 0
    var space = 0
    for position in text.indices {
      switch text[position] {
      case UInt8(ascii: " "):
        space = position
      case UInt8(ascii: "\n"):
        merges.append(
          Merge(start: start, leftCount: space - start, rightCount: position - space - 1))
        start = position + 1
      default:
        continue
      }
    }
    precondition(merges.count == mergeCount, "clipMerges: \(merges.count) lines")
    return merges
  }

  private static func index(_ merges: [Merge], in text: [UInt8]) -> [UInt16] {
    var slots = [UInt16](repeating: 0, count: slotCount)
    for (place, merge) in merges.enumerated() {
      var hash = emptyHash
      let space = merge.start + merge.leftCount
      for position in merge.start..<space { hash = extend(hash, by: text[position]) }
      for position in space + 1...space + merge.rightCount {
        hash = extend(hash, by: text[position])
      }
      var slot = slot(hash)
      while slots[slot] != 0 { slot = (slot + 1) % slotCount }
      slots[slot] = UInt16(place + 1)
    }
    return slots
  }

  // FNV-1a; Swift's own hashing is seeded anew for every run and ten times slower on short keys.
  private static let emptyHash: UInt32 = 0x811c_9dc5

  private static func extend(_ hash: UInt32, by byte: UInt8) -> UInt32 {
    (hash ^ UInt32(byte)) &* 0x0100_0193
  }

  private static func slot(_ hash: UInt32) -> Int {
    Int(hash ^ hash >> 15) % slotCount
  }

  // MARK: The alphabet

  /// Spelling in UTF-8 and token of every byte: GPT-2's printable stand-ins.
  ///
  /// Printable Latin-1 stands for itself and has the first tokens, in order; the other bytes are
  /// U+0100 and on.
  private static let alphabet: [(spelling: [UInt8], token: Int32)] = {
    let printable = (0..<256).filter { byte in
      (0x21...0x7e).contains(byte) || (0xa1...0xac).contains(byte) || byte >= 0xae
    }
    let others = (0..<256).filter { !printable.contains($0) }
    var alphabet = [(spelling: [UInt8], token: Int32)](repeating: ([], 0), count: 256)
    for (token, byte) in (printable + others).enumerated() {
      let isPrintable = token < printable.count
      let character = UInt16(isPrintable ? byte : 0x100 + token - printable.count)
      alphabet[byte] = (Array(String(decoding: [character], as: UTF16.self).utf8), Int32(token))
    }
    return alphabet
  }()
}
