import Foundation
import MMAudioMedia

/// Ends the process on SIGINT, SIGTERM and SIGHUP without leaving a partial file.
///
/// A handler writes the signal's number into a pipe that a thread reads. A dispatch queue would do the same,
/// but waits for ever for its thread where memory is short, before a word can be said.
enum Interruption {
  /// The end of the pipe that handlers write to.
  ///
  /// Safe: set once, before there is a handler.
  private nonisolated(unsafe) static var entrance: Int32 = -1
  /// The end of the pipe that the thread reads from.
  ///
  /// Safe: set once, before there is the thread.
  private nonisolated(unsafe) static var exit: Int32 = -1
  private static let signals = [SIGINT, SIGTERM, SIGHUP]
  /// Bytes of the thread's stack: it removes files and prints.
  private static let stackSize = 256 << 10

  /// From now on signals are handled, but for those that were ignored before, as `nohup` arranges.
  ///
  /// - Throws: that the system has no memory for a thread
  static func install() throws(CommandError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .noMemory }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (exit, entrance) = (ends[0], ends[1])
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackSize)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, &attributes,
      { _ in
        Interruption.listen()
        return nil
      }, nil)
    guard status == 0 else { throw .noMemory }
    for number in signals { handle(number) }
  }

  private static func handle(_ number: Int32) {
    var action = sigaction()
    sigaction(number, nil, &action)
    // Handlers are functions, which only compare as addresses.
    let inherited = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    guard inherited != unsafeBitCast(SIG_IGN, to: Int.self) else { return }
    action.__sigaction_handler.sa_handler = { number in
      // Safe: `write` may be called in a handler, and the byte lives until it returns.
      let before = errno
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(Interruption.entrance, &byte, 1)
      errno = before
    }
    action.sa_flags = SA_RESTART
    sigaction(number, &action, nil)
  }

  /// Waits for a signal, and ends the process.
  private static func listen() {
    // Who starts this process may have blocked them, as the threads of dispatch queues do.
    var heard = sigset_t()
    sigemptyset(&heard)
    for number in signals { sigaddset(&heard, number) }
    pthread_sigmask(SIG_UNBLOCK, &heard, nil)
    var number: UInt8 = 0
    while read(exit, &number, 1) != 1 {}
    TemporaryFiles.removeAll {
      Terminal.abandonLine()
      // Not `exit`: other threads are at work in libraries that it would take down.
      _exit(128 + Int32(number))
    }
  }
}
