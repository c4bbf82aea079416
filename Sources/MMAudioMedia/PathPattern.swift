import Foundation

/// The paths that a shell's pattern stands for, such as `clips/*.mp4`.
///
/// - Parameter pattern: as for `glob(3)`, with `*`, `?` and `[…]`
/// - Returns: in no order; empty if there are none, or none can be read
public func paths(matching pattern: String) -> [String] {
  var found = glob_t()
  defer { globfree(&found) }
  guard glob(pattern.systemPath, GLOB_NOSORT, nil, &found) == 0 else { return [] }
  // Safe: `glob` has filled the first `gl_pathc` places with strings, which `globfree` frees.
  return (0..<Int(found.gl_pathc)).compactMap { index in
    found.gl_pathv[index].map { String(systemPath: $0) }
  }
}
