import Foundation
import MMAudio

/// What a worker tells the process that started it, a line of JSON each.
enum WorkerEvent: Codable {
  /// It wants clips; those it gets while it has some are for afterwards.
  case ready
  /// It begins a stage of a clip, which is to blame if nothing follows.
  case at(id: String, stage: String)
  /// Something about a clip, in words for the user.
  case note(id: String, text: String)
  /// A clip is done or has failed; `lines` has a result for each take.
  case finished(ClipResult, lines: [String])
}

/// Lines of JSON between two processes.
enum MessageLine {
  /// A message as a line.
  static func encode(_ message: some Encodable) -> Data { Data((asciiJSON(message) + "\n").utf8) }

  /// The message of a line; nil if it is none.
  static func decode<Message: Decodable>(_ type: Message.Type, from line: Data) -> Message? {
    try? JSONDecoder().decode(type, from: line)
  }
}
