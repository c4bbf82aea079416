import Foundation

extension String {
  /// The text as HTML shows it, in an element or within quotes, whatever it holds.
  var escaped: String {
    var html = ""
    html.reserveCapacity(utf8.count)
    for scalar in unicodeScalars {
      switch scalar {
      case "&": html += "&amp;"
      case "<": html += "&lt;"
      case ">": html += "&gt;"
      case "\"": html += "&quot;"
      case "'": html += "&#39;"
      // HTML has no place for other control characters.
      case "\0"..<"\t", "\u{B}", "\u{E}"..<" ", "\u{7F}"..<"\u{A0}": html += "\u{FFFD}"
      default: html.unicodeScalars.append(scalar)
      }
    }
    return html
  }
}

extension DataProtocol {
  /// The bytes as an address that needs no file.
  func address(_ mediaType: String) -> String {
    "data:\(mediaType);base64,\(Data(self).base64EncodedString())"
  }
}

/// Numbers as the page shows them.
enum Numbers {
  /// Seconds to the hundredth, without a unit.
  static func seconds(_ seconds: Double) -> String { String(format: "%.2f", seconds) }

  /// A share of a whole as a length in CSS.
  static func percent(_ share: Double) -> String { String(format: "%.3f%%", 100 * share) }
}
