import Foundation
import Synchronization

/// An HTTP server on this machine that answers as a test wants, also wrongly.
public final class LocalServer: Sendable {
  /// What a client asked for.
  public struct Request: Sendable, Equatable {
    /// The last part of the path.
    public var name: String
    /// `N` of a header `Range: bytes=N-`.
    public var start: Int?
    /// The header `If-Range`.
    public var ifRange: String?

    /// A request for `name`, whole unless `start` says otherwise.
    public init(name: String, start: Int? = nil, ifRange: String? = nil) {
      self.name = name
      self.start = start
      self.ifRange = ifRange
    }
  }

  /// What goes back.
  public struct Answer: Sendable {
    /// Status and header lines.
    public var head: [String]
    /// What follows.
    public var body: [UInt8]
    /// Microseconds between pieces of 16 KiB.
    public var pause: UInt32 = 0

    /// An answer that says what it says.
    public init(_ head: [String], body: [UInt8] = []) {
      self.head = head
      self.body = body
    }

    /// A file as a good server sends it, or what is asked for of it.
    public static func file(_ bytes: [UInt8], etag: String, for request: Request) -> Answer {
      let headers = ["ETag: \"\(etag)\"", "Accept-Ranges: bytes"]
      guard let start = request.start, request.ifRange == "\"\(etag)\"", start < bytes.count else {
        return Answer(
          ["HTTP/1.1 200 OK", "Content-Length: \(bytes.count)"] + headers, body: bytes)
      }
      return Answer(
        [
          "HTTP/1.1 206 Partial Content", "Content-Length: \(bytes.count - start)",
          "Content-Range: bytes \(start)-\(bytes.count - 1)/\(bytes.count)",
        ] + headers, body: Array(bytes[start...]))
    }

    /// The same without a length, in chunks as servers send what they make on the way.
    public func chunked() -> Answer {
      var answer = self
      answer.head.removeAll { $0.hasPrefix("Content-Length") }
      answer.head.append("Transfer-Encoding: chunked")
      answer.body = []
      for start in stride(from: 0, to: body.count, by: 10_000) {
        let chunk = body[start..<min(start + 10_000, body.count)]
        answer.body += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [13, 10]
      }
      answer.body += Array("0\r\n\r\n".utf8)
      return answer
    }

    /// The same without a length, so that a connection that ends early looks like the end.
    public func unmeasured() -> Answer {
      var answer = self
      answer.head.removeAll { $0.hasPrefix("Content-Length") }
      return answer
    }

    /// A page that says something else than what was asked for.
    public static let page = Answer(
      ["HTTP/1.1 200 OK", "ETag: \"page\"", "Content-Type: text/html"],
      body: Array("<!DOCTYPE html><title>Log in</title>\n".utf8))

    /// An answer without a body.
    public static func status(_ line: String, _ headers: String...) -> Answer {
      Answer(["HTTP/1.1 \(line)", "Content-Length: 0"] + headers)
    }

    /// The same, but the connection ends after so many bytes of the body.
    public func cut(after count: Int) -> Answer {
      var answer = self
      answer.body = Array(body.prefix(count))
      return answer
    }
  }

  /// Where it listens.
  public let url: URL
  private let descriptor: Int32
  private let seen = Mutex<[Request]>([])

  /// Everything that was asked for.
  public var requests: [Request] { seen.withLock { $0 } }

  /// Starts to answer.
  ///
  /// - Parameter answer: what to send, given the request and how many came before
  /// - Throws: that the system gives no socket
  public init(_ answer: @escaping @Sendable (Request, Int) -> Answer) throws {
    signal(SIGPIPE, SIG_IGN)
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    // Safe: an internet address is one of the kinds that `sockaddr` stands for.
    let isBound = withUnsafeMutableBytes(of: &address) { bytes in
      guard let base = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else {
        return false
      }
      return bind(descriptor, base, size) == 0 && listen(descriptor, 16) == 0
        && getsockname(descriptor, base, &size) == 0
    }
    let port = UInt16(bigEndian: address.sin_port)
    guard isBound, let url = URL(string: "http://127.0.0.1:\(port)/files") else {
      close(descriptor)
      throw POSIXError(.EADDRNOTAVAIL)
    }
    self.url = url
    Thread.detachNewThread { [weak self] in
      while true {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return }
        Thread.detachNewThread { [weak self] in
          defer { close(connection) }
          guard let request = Self.read(connection) else { return }
          guard let count = self?.note(request) else { return }
          Self.write(answer(request, count), to: connection)
        }
      }
    }
  }

  deinit {
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  private func note(_ request: Request) -> Int {
    seen.withLock { seen in
      seen.append(request)
      return seen.count - 1
    }
  }

  private static func read(_ connection: Int32) -> Request? {
    var text = ""
    while !text.contains("\r\n\r\n") {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      text += String(decoding: buffer.prefix(count), as: UTF8.self)
    }
    let lines = text.components(separatedBy: "\r\n")
    let path = lines[0].split(separator: " ").dropFirst().first ?? ""
    func header(_ name: String) -> String? {
      lines.first { $0.lowercased().hasPrefix(name + ": ") }.map {
        String($0.dropFirst(name.count + 2))
      }
    }
    let start = header("range").flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
    return Request(
      name: String(path.split(separator: "/").last ?? ""), start: start,
      ifRange: header("if-range"))
  }

  private static func write(_ answer: Answer, to connection: Int32) {
    let head = (answer.head + ["Connection: close", "", ""]).joined(separator: "\r\n")
    var rest = (Array(head.utf8) + answer.body)[...]
    while !rest.isEmpty {
      let count = Array(rest.prefix(16_384)).withUnsafeBytes { piece in
        send(connection, piece.baseAddress, piece.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
      if answer.pause > 0 { usleep(answer.pause) }
    }
  }
}
