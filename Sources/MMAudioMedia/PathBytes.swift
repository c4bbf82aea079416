import Foundation

/// Paths as text, and text as paths.
///
/// The system's paths are bytes that need not be UTF-8, and none may be lost between the command line, a
/// folder's list and the file that is opened. So a byte that is no part of UTF-8 becomes a character of
/// Unicode's private area, and each of these the byte again wherever a path reaches the system. Where a
/// name has such characters itself, their own bytes are taken for such bytes, so that no two names become
/// one text.
extension String {
  /// What stands for the bytes 0x80 to 0xFF that are no part of UTF-8.
  private static let escapes: ClosedRange<UInt32> = 0x10_FE80...0x10_FEFF
  private static let escapeBase: UInt32 = 0x10_FE00

  /// The text of a path, or of an argument that may be one.
  ///
  /// - Parameter bytes: as the system has them, without the zero at the end
  public init(pathBytes bytes: some Collection<UInt8>) {
    let whole = String(validating: bytes, as: UTF8.self)
    if let whole, !whole.unicodeScalars.contains(where: Self.isEscape) {
      self = whole
      return
    }
    var scalars = String.UnicodeScalarView()
    var rest = Array(bytes)[...]
    while let byte = rest.first {
      let found = Self.firstScalar(of: rest)
      scalars.append(
        found?.scalar ?? Unicode.Scalar(Self.escapeBase + UInt32(byte)) ?? "\u{FFFD}")
      rest = rest.dropFirst(found?.length ?? 1)
    }
    self.init(scalars)
  }

  /// The text of a path that the system gave.
  ///
  /// - Parameter path: ends in a zero, and is only read during the call
  public init(systemPath path: UnsafePointer<CChar>) {
    // Safe: the bytes up to the zero are there.
    self.init(
      pathBytes: UnsafeRawBufferPointer(start: path, count: strlen(path)).map { $0 })
  }

  /// The bytes of the path.
  public var pathBytes: [UInt8] {
    guard unicodeScalars.contains(where: Self.isEscape) else { return Array(utf8) }
    return unicodeScalars.flatMap { scalar in
      Self.isEscape(scalar) ? [UInt8(scalar.value - Self.escapeBase)] : Array(scalar.utf8)
    }
  }

  /// The path as the system's functions take it.
  public var systemPath: [CChar] { pathBytes.map { CChar(bitPattern: $0) } + [0] }

  /// The text of an argument that is no path, with U+FFFD where it is not UTF-8.
  public var repaired: String { String(decoding: pathBytes, as: UTF8.self) }

  /// The text for people, on one line and without codes for terminals: bytes that are not UTF-8 as `\xE9`.
  ///
  /// Texts quote paths, which may hold anything.
  public var readable: String {
    var line = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator, .format: line.append("\u{FFFD}")
      case .privateUse where Self.isEscape(scalar):
        line +=
          "\\x\(String(scalar.value - Self.escapeBase, radix: 16, uppercase: true))"
          .unicodeScalars
      default: line.append(scalar)
      }
    }
    return String(line)
  }

  private static func isEscape(_ scalar: Unicode.Scalar) -> Bool { escapes.contains(scalar.value) }

  /// The character that the bytes begin with, unless it is none or stands for a byte.
  private static func firstScalar(
    of bytes: ArraySlice<UInt8>
  ) -> (scalar: Unicode.Scalar, length: Int)? {
    for length in 1...Swift.min(4, bytes.count) {
      let text = String(validating: bytes.prefix(length), as: UTF8.self)
      guard let scalar = text?.unicodeScalars.first else { continue }
      return isEscape(scalar) ? nil : (scalar, length)
    }
    return nil
  }
}
