import Dispatch
import Foundation
import MMAudioMedia

/// Ends the process on SIGINT, SIGTERM and SIGHUP without leaving a partial file.
enum Interruption {
  /// From now on signals are handled.
  static func install() {
    let queue = DispatchQueue(label: "mmaudio.signals", qos: .userInteractive)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // The default action would come first.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        // The handler holds its source, which must live as long as the process.
        withExtendedLifetime(source) {
          TemporaryFiles.removeAll { exit(128 + number) }
        }
      }
      source.resume()
    }
  }
}
