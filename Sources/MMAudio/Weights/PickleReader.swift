import Foundation
import MMAudioKernels

/// Reads the pickle of a PyTorch checkpoint, protocols 2 to 5, without running anything.
///
/// Only containers, plain values and tensors exist; of everything else, such as the options of a
/// training run, the name is kept. Memory is bounded by the length of the pickle, because no opcode
/// makes more than it reads or pops.
struct PickleReader {
  private var pickle: Pickle
  private var reader: LittleEndianReader
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  /// Reads `bytes`, which come from the file at `path`.
  static func read(_ bytes: [UInt8], path: String) throws(WeightError) -> Pickle {
    var reader = PickleReader(bytes, path: path)
    while try reader.step() {}
    reader.pickle.root = try reader.pop()
    return reader.pickle
  }

  private init(_ bytes: [UInt8], path: String) {
    reader = LittleEndianReader(bytes[...])
    pickle = Pickle(path: path)
  }

  /// Runs one opcode (`pickletools` has their list); false at the end.
  private mutating func step() throws(WeightError) -> Bool {
    let opcode = try unsigned(1)
    switch UInt8(opcode) {
    case UInt8(ascii: "."): return false
    case 0x80: try readProtocol()
    case 0x95: _ = try take(8)
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): stack.append(try top())
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.boolean(true))
    case 0x89: stack.append(.boolean(false))
    case UInt8(ascii: "J"):
      stack.append(.integer(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
    case UInt8(ascii: "K"): stack.append(.integer(try unsigned(1)))
    case UInt8(ascii: "M"): stack.append(.integer(try unsigned(2)))
    case 0x8A: try pushLong(try unsigned(1))
    case 0x8B: try pushLong(try unsigned(4))
    case UInt8(ascii: "G"):
      _ = try take(8)
      stack.append(.opaque)
    case UInt8(ascii: "X"), UInt8(ascii: "T"): try pushText(try unsigned(4))
    case 0x8C, UInt8(ascii: "U"): try pushText(try unsigned(1))
    case 0x8D: try pushText(try unsigned(8))
    case UInt8(ascii: "B"): try pushOpaque(try unsigned(4))
    case UInt8(ascii: "C"): try pushOpaque(try unsigned(1))
    case 0x8E, 0x96: try pushOpaque(try unsigned(8))
    default: try stepContainer(UInt8(opcode))
    }
    return true
  }

  /// Opcodes that make, fill or remember containers and objects.
  private mutating func stepContainer(_ opcode: UInt8) throws(WeightError) {
    switch opcode {
    case UInt8(ascii: ")"): push(tuple: [])
    case 0x85: try pushTuple(1)
    case 0x86: try pushTuple(2)
    case 0x87: try pushTuple(3)
    case UInt8(ascii: "t"): push(tuple: try popToMark())
    case UInt8(ascii: "]"):
      pickle.lists.append([])
      stack.append(.list(pickle.lists.count - 1))
    case UInt8(ascii: "}"):
      pickle.dictionaries.append([])
      stack.append(.dictionary(pickle.dictionaries.count - 1))
    case 0x8F: stack.append(.opaque)
    case 0x90: try addItems(try popToMark())
    case 0x91:
      _ = try popToMark()
      stack.append(.opaque)
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try setItems([try pop(), value])
    case UInt8(ascii: "u"): try setItems(try popToMark())
    case UInt8(ascii: "q"): memo[try unsigned(1)] = try top()
    case UInt8(ascii: "r"): memo[try unsigned(4)] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try recall(try unsigned(1))
    case UInt8(ascii: "j"): try recall(try unsigned(4))
    default: try stepObject(opcode)
    }
  }

  /// Opcodes that name, call or fill Python objects.
  private mutating func stepObject(_ opcode: UInt8) throws(WeightError) {
    switch opcode {
    case UInt8(ascii: "c"):
      stack.append(try pickle.global(module: try line(), name: try line()))
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw malformed("a global has no name")
      }
      stack.append(try pickle.global(module: module, name: name))
    case UInt8(ascii: "Q"): stack.append(try pickle.storage(try pop()))
    case UInt8(ascii: "R"), 0x81: try call(with: try pop())
    case 0x92:
      // Named arguments can hold nothing that is looked for.
      _ = try pop()
      try call(with: try pop())
    case UInt8(ascii: "b"): try build()
    default: throw malformed("it uses the opcode \(opcode)")
    }
  }

  private mutating func call(with arguments: PickleValue) throws(WeightError) {
    stack.append(try pickle.call(try pop(), arguments))
  }

  /// BUILD: a state dict carries `_metadata` as an attribute, which nothing here needs.
  private mutating func build() throws(WeightError) {
    let state = try pop()
    if case .dictionary = try top() { return }
    guard pickle.extend(try top(), by: [state]) else {
      throw malformed("it sets the state of something that has none")
    }
  }

  // MARK: Containers

  private mutating func push(tuple: [PickleValue]) {
    pickle.tuples.append(tuple)
    stack.append(.tuple(pickle.tuples.count - 1))
  }

  private mutating func pushTuple(_ count: Int) throws(WeightError) {
    var values: [PickleValue] = []
    for _ in 0..<count { values.append(try pop()) }
    push(tuple: values.reversed())
  }

  private mutating func append(_ values: [PickleValue]) throws(WeightError) {
    if case .list(let list) = try top() {
      pickle.lists[list] += values
    } else if !pickle.extend(try top(), by: values) {
      throw malformed("it appends to no list")
    }
  }

  private mutating func addItems(_ values: [PickleValue]) throws(WeightError) {
    guard pickle.extend(try top(), by: values) else { throw malformed("it adds to no set") }
  }

  private mutating func setItems(_ values: [PickleValue]) throws(WeightError) {
    guard values.count % 2 == 0 else { throw malformed("it sets items of no dictionary") }
    guard case .dictionary(let dictionary) = try top() else {
      guard pickle.extend(try top(), by: values) else {
        throw malformed("it sets items of no dictionary")
      }
      return
    }
    for index in stride(from: 0, to: values.count, by: 2) {
      pickle.dictionaries[dictionary].append((values[index], values[index + 1]))
    }
  }

  // MARK: Stack and bytes

  private func top() throws(WeightError) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else {
      throw malformed("it takes a value that is not there")
    }
    return value
  }

  private mutating func pop() throws(WeightError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws(WeightError) -> [PickleValue] {
    guard let mark = marks.popLast(), mark <= stack.count else {
      throw malformed("it takes values that are not there")
    }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func recall(_ key: Int) throws(WeightError) {
    guard let value = memo[key] else { throw malformed("it recalls a value it never stored") }
    stack.append(value)
  }

  private mutating func readProtocol() throws(WeightError) {
    let version = try unsigned(1)
    guard (2...5).contains(version) else { throw malformed("its protocol is \(version)") }
  }

  private mutating func pushLong(_ count: Int) throws(WeightError) {
    let bytes = try take(count)
    guard count <= 8 else { return stack.append(.opaque) }
    // Two's complement, little-endian, sign in the last byte's top bit.
    let sign: UInt64 = bytes.last.map { $0 >= 0x80 } ?? false ? UInt64.max : 0
    let value = bytes.reversed().reduce(sign) { $0 << 8 | UInt64($1) }
    stack.append(.integer(Int(truncatingIfNeeded: value)))
  }

  private mutating func pushText(_ count: Int) throws(WeightError) {
    stack.append(.text(String(decoding: try take(count), as: UTF8.self)))
  }

  private mutating func pushOpaque(_ count: Int) throws(WeightError) {
    _ = try take(count)
    stack.append(.opaque)
  }

  private mutating func line() throws(WeightError) -> String {
    var text: [UInt8] = []
    while true {
      let byte = UInt8(try unsigned(1))
      guard byte != UInt8(ascii: "\n") else { return String(decoding: text, as: UTF8.self) }
      text.append(byte)
    }
  }

  private mutating func take(_ count: Int) throws(WeightError) -> ArraySlice<UInt8> {
    guard let bytes = reader.take(count) else { throw malformed("it ends too early") }
    return bytes
  }

  private mutating func unsigned(_ byteCount: Int) throws(WeightError) -> Int {
    guard let value = reader.size(byteCount) else { throw malformed("it ends too early") }
    return value
  }

  private func malformed(_ problem: String) -> WeightError { pickle.malformed(problem) }
}
