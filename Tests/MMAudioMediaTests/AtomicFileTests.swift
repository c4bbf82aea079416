import Foundation
import Testing

@testable import MMAudioMedia

/// What a process that was killed leaves.
@Suite struct LeftoverTests {
  @Test("files of processes that are gone are removed, others stay")
  func leftovers() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("mmaudio-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let gone = Process()
    gone.executableURL = URL(fileURLWithPath: "/bin/true")
    try gone.run()
    gone.waitUntilExit()
    let (mine, descriptor) = TemporaryFiles.create(in: folder.path)
    close(descriptor)
    defer { TemporaryFiles.remove(mine) }
    let name = URL(fileURLWithPath: mine).lastPathComponent
    let old = name.replacingOccurrences(of: "-\(getpid())-", with: "-\(gone.processIdentifier)-")
    let others = [
      name, ".mmaudio-elsewhere-\(gone.processIdentifier)-1.tmp", ".mmaudio-1-1.tmp", "a.wav",
    ]
    for name in [old] + others {
      try Data([1]).write(to: folder.appendingPathComponent(name))
    }
    TemporaryFiles.removeLeftovers(in: folder.path)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == others.sorted())
  }
}

@Suite struct AtomicFileTests {
  @Test("a file appears with its commit, whole, and replaces what stood there")
  func commits() throws {
    try withFolder { folder in
      let path = folder + "/out"
      try write([9, 9], to: path)
      let file = try AtomicFile(path: path)
      try file.write([1, 2])
      try file.write([])
      try [UInt8](3...4).withUnsafeBytes { try file.write($0) }
      #expect(try contents(path) == [9, 9])
      try file.commit()
      #expect(try contents(path) == [1, 2, 3, 4])
      #expect(try names(in: folder) == ["out"])
    }
  }

  @Test("bytes may come in any order, and what is skipped is zero")
  func offsets() throws {
    try withFolder { folder in
      let file = try AtomicFile(path: folder + "/out")
      try [UInt8](8...9).withUnsafeBytes { try file.write($0, at: 5) }
      try [UInt8](1...2).withUnsafeBytes { try file.write($0, at: 0) }
      try [].withUnsafeBytes { try file.write($0, at: 100) }
      try file.commit()
      #expect(try contents(folder + "/out") == [1, 2, 0, 0, 0, 8, 9])
    }
  }

  @Test("a file that is dropped leaves nothing")
  func discards() throws {
    try withFolder { folder in
      do {
        let file = try AtomicFile(path: folder + "/out")
        try file.write([1])
        #expect(try names(in: folder).count == 1)
      }
      #expect(try names(in: folder) == [])
      try AtomicFile.check(path: folder + "/out")
      #expect(try names(in: folder) == [])
    }
  }

  @Test("an interruption takes the temporary files along, and no commit follows")
  func interruption() async {
    // In a process of its own: the files of other tests would go too.
    await #expect(processExitsWith: .success) {
      try withFolder { folder in
        let file = try AtomicFile(path: folder + "/out")
        try file.write([1])
        var finished = false
        TemporaryFiles.removeAll { finished = true }
        #expect(finished)
        #expect(try names(in: folder) == [])
        #expect(throws: OutputError.self) { try file.commit() }
        #expect(try names(in: folder) == [])
      }
    }
  }

  @Test("a link is followed, not replaced")
  func link() throws {
    try withFolder { folder in
      try write([1], to: folder + "/real")
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: "real")
      let file = try AtomicFile(path: folder + "/link")
      try file.write([2])
      try file.commit()
      #expect(try contents(folder + "/real") == [2])
      #expect(try names(in: folder) == ["link", "real"])
    }
  }

  @Test("a link to what is not there yet is followed, as far as it goes")
  func danglingLink() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/deep", withIntermediateDirectories: true)
      for (link, target) in [
        ("link", "deep/next"), ("deep/next", "../real"), ("lost", "none/file"), ("loop", "loop"),
      ] {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(link)", withDestinationPath: target)
      }
      let file = try AtomicFile(path: folder + "/link")
      try file.write([2])
      try file.commit()
      #expect(try contents(folder + "/real") == [2])
      #expect(try names(in: folder) == ["deep", "link", "loop", "lost", "real"])
      let lost = folder + "/lost"
      #expect(throws: OutputError.missingFolder(path: lost, folder: folder + "/none")) {
        try AtomicFile(path: lost)
      }
      let reason = "Too many levels of symbolic links"
      #expect(throws: OutputError.cannotCreate(path: folder + "/loop", reason: reason)) {
        try AtomicFile(path: folder + "/loop")
      }
    }
  }

  @Test("a full disk is told from other failures")
  func fullDisk() throws {
    let file = try AtomicFile(path: "/dev/full")
    #expect(throws: OutputError.diskFull(path: "/dev/full")) { try file.write([1]) }
  }

  @Test("a write that fails in another way says how")
  func failure() throws {
    try withFolder { folder in
      let path = folder + "/pipe"
      #expect(mkfifo(path, 0o600) == 0)
      // A reader, without which nothing can open the pipe for writing.
      let reader = open(path, O_RDONLY | O_NONBLOCK)
      defer { close(reader) }
      let file = try AtomicFile(path: path)
      let error = #expect(throws: OutputError.self) {
        let byte: [UInt8] = [1]
        try byte.withUnsafeBytes { try file.write($0, at: 1) }
      }
      #expect(
        error.map { "\($0)" }
          == "'\(path)' cannot be written (Illegal seek); check the disk, or choose another one")
    }
  }

  @Test("a device is written in place")
  func device() throws {
    let file = try AtomicFile(path: "/dev/null")
    try file.write([1, 2, 3])
    try file.commit()
    var info = stat()
    #expect(stat("/dev/null", &info) == 0 && info.st_mode & S_IFMT == S_IFCHR)
  }

  @Test("paths that cannot be are refused with the reason")
  func badPaths() throws {
    try withFolder { folder in
      let lost = folder + "/lost/out"
      #expect(throws: OutputError.missingFolder(path: lost, folder: folder + "/lost")) {
        try AtomicFile(path: lost)
      }
      #expect(throws: OutputError.folder(path: folder)) { try AtomicFile(path: folder) }
      let slash = folder + "/new/"
      #expect(throws: OutputError.missingFolder(path: slash, folder: folder + "/new")) {
        try AtomicFile(path: slash)
      }
      try write([1], to: folder + "/file")
      let inside = folder + "/file/out"
      #expect(throws: OutputError.cannotCreate(path: inside, reason: "Not a directory")) {
        try AtomicFile(path: inside)
      }
      let long = folder + "/" + String(repeating: "x", count: 300)
      #expect(throws: OutputError.cannotCreate(path: long, reason: "File name too long")) {
        try AtomicFile(path: long)
      }
      #expect(throws: OutputError.self) { try AtomicFile(path: "") }
    }
  }

  @Test("a folder without write permission is named", .enabled(if: geteuid() != 0))
  func unwritable() throws {
    try withFolder { folder in
      chmod(folder, 0o500)
      let path = folder + "/out"
      #expect(throws: OutputError.cannotCreate(path: path, reason: "Permission denied")) {
        try AtomicFile(path: path)
      }
      chmod(folder, 0o700)
    }
  }
}
