import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One HTTP request whose answer arrives piece by piece, on the thread that asks for it.
///
/// Proxies are those that `http_proxy`, `https_proxy` and `no_proxy` name.
final class HTTPTransfer: NSObject, URLSessionDataDelegate {
  /// What the server does.
  enum Event: Sendable {
    case response(HTTPURLResponse)
    case data(Data)
    case end
    case failure(String)
  }

  private let events = Mutex<[Event]>([])
  private let arrived = DispatchSemaphore(value: 0)

  /// Sends `request`, and calls `body` with every event until that is the last or `body` says false.
  static func run<Failure: Error>(
    _ request: URLRequest, _ body: (Event) throws(Failure) -> Bool
  ) throws(Failure) {
    let transfer = HTTPTransfer()
    let configuration = URLSessionConfiguration.ephemeral
    configuration.urlCache = nil
    let session = URLSession(
      configuration: configuration, delegate: transfer, delegateQueue: nil)
    // Breaks the cycle of session and delegate, and ends the task.
    defer { session.invalidateAndCancel() }
    session.dataTask(with: request).resume()
    while true {
      transfer.arrived.wait()
      let event = transfer.events.withLock { $0.removeFirst() }
      guard try body(event) else { return }
      switch event {
      case .end, .failure: return
      case .response, .data: continue
      }
    }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    if let response = response as? HTTPURLResponse { add(.response(response)) }
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    add(.data(data))
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    add(error.map { .failure($0.localizedDescription) } ?? .end)
  }

  private func add(_ event: Event) {
    events.withLock { $0.append(event) }
    arrived.signal()
  }
}
