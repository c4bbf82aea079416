import Foundation

/// Opens a file to read it.
///
/// - Parameter path: as the user, or the system, named it
/// - Returns: nil if it cannot be opened, for which `errno` has the reason
public func fileHandle(forReading path: String) -> FileHandle? {
  let descriptor = open(path.systemPath, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
}

/// All bytes of a file.
///
/// - Parameter path: as the user, or the system, named it
/// - Returns: nil if it cannot be read
public func fileContents(_ path: String) -> Data? {
  guard let file = fileHandle(forReading: path) else { return nil }
  do {
    // Nothing at all is read of an empty file.
    return try file.readToEnd() ?? Data()
  } catch {
    return nil
  }
}

/// The names of what is in a folder, hidden files too.
///
/// - Parameter folder: as the user, or the system, named it
/// - Returns: in no order; nil if the folder cannot be read
public func fileNames(in folder: String) -> [String]? {
  guard let stream = opendir(folder.systemPath) else { return nil }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    // Safe: the name ends in a zero within the entry, which stays until the next call.
    let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
      name.withMemoryRebound(to: CChar.self, capacity: 256) { String(systemPath: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}
