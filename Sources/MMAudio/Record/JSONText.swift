import Foundation

/// A value in JSON with sorted keys, on one line; what is not ASCII is escaped.
public func asciiJSON(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  guard let data = try? encoder.encode(value) else {
    preconditionFailure("asciiJSON: \(type(of: value)) has a number that JSON has not")
  }
  var text = ""
  for unit in String(decoding: data, as: UTF8.self).utf16 {
    if unit < 0x7F, let scalar = Unicode.Scalar(unit) {
      text.unicodeScalars.append(scalar)
    } else {
      text += "\\u" + String(Int(unit) + 0x10000, radix: 16).suffix(4)
    }
  }
  return text
}
