import Dispatch
import Foundation
import MMAudioMedia

/// Ends the process on SIGINT, SIGTERM and SIGHUP without leaving a partial file.
enum Interruption {
  /// From now on signals are handled, but for those that were ignored before, as `nohup` arranges.
  static func install() {
    let queue = DispatchQueue(label: "mmaudio.signals", qos: .userInteractive)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var inherited = sigaction()
      sigaction(number, nil, &inherited)
      // Handlers are functions, which only compare as addresses.
      let handler = unsafeBitCast(inherited.__sigaction_handler.sa_handler, to: Int.self)
      if handler == unsafeBitCast(SIG_IGN, to: Int.self) { continue }
      // The default action would come first.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        // The handler holds its source, which must live as long as the process.
        withExtendedLifetime(source) {
          TemporaryFiles.removeAll {
            Terminal.abandonLine()
            // Not `exit`: other threads are at work in libraries that it would take down.
            _exit(128 + number)
          }
        }
      }
      source.resume()
    }
  }
}
