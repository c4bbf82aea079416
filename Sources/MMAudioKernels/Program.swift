internal import CMachine
import Foundation

/// The program that this process runs, and what it was started with, with `/proc` or without.
public enum Program {
  /// Its file, without links; empty if nobody can tell.
  public static let path: String = {
    // Where the system does not show its processes, it still says how this one was started.
    for name in ["/proc/self/exe", mmaudio_started_path().map { String(cString: $0) } ?? ""] {
      if let path = realpath(name, nil) {
        defer { free(path) }
        return String(cString: path)
      }
    }
    return ""
  }()

  /// What it was started with, its name first: bytes that end in a zero and need not be UTF-8, and live as long
  /// as the process.
  public static var arguments: [UnsafePointer<CChar>] {
    var arguments: [UnsafePointer<CChar>] = []
    // Safe: the array of C's main ends with nil, and nothing writes to it.
    while let argument = mmaudio_arguments()[arguments.count] {
      arguments.append(UnsafePointer(argument))
    }
    return arguments
  }

  /// Runs the program at `path` with the same arguments in the place of this one; returns only if that
  /// fails.
  static func restart(as path: String) {
    // Safe: the array of C's main ends with nil, and execv returns only if it fails.
    execv(path, mmaudio_arguments())
  }
}
