import Foundation
import Testing

@testable import MMAudioMedia

@Suite struct FileStatusTests {
  @Test("links of either kind lead to one file, equal contents do not")
  func sameFile() throws {
    try withFolder { folder in
      try write([1], to: folder + "/a")
      try write([1], to: folder + "/b")
      let files = FileManager.default
      try files.createSymbolicLink(atPath: folder + "/soft", withDestinationPath: "a")
      try files.linkItem(atPath: folder + "/a", toPath: folder + "/hard")
      #expect(isSameFile(folder + "/a", folder + "/./a"))
      #expect(isSameFile(folder + "/soft", folder + "/a"))
      #expect(isSameFile(folder + "/soft", folder + "/hard"))
      #expect(!isSameFile(folder + "/a", folder + "/b"))
      #expect(!isSameFile(folder + "/none", folder + "/none"))
    }
  }

  @Test("devices, folders and what is not there have no contents to replace")
  func regularFile() throws {
    try withFolder { folder in
      try write([], to: folder + "/a")
      #expect(isRegularFile(folder + "/a"))
      #expect(!isRegularFile(folder))
      #expect(!isRegularFile(folder + "/none"))
      #expect(!isRegularFile("/dev/null"))
    }
  }

  @Test("a folder is made with those above it, and a file in its place is named")
  func outputFolder() throws {
    try withFolder { folder in
      try makeOutputFolder(path: folder + "/a/b/c")
      try makeOutputFolder(path: folder + "/a/b/c")
      try makeOutputFolder(path: folder + "/a/d/")
      #expect(try names(in: folder + "/a") == ["b", "d"])
      try write([1], to: folder + "/file")
      let file = folder + "/file"
      #expect(throws: OutputError.cannotCreate(path: file, reason: "there is a file of this name"))
      {
        try makeOutputFolder(path: file)
      }
      let below = folder + "/file/x"
      #expect(throws: OutputError.cannotCreate(path: below, reason: "Not a directory")) {
        try makeOutputFolder(path: below)
      }
    }
  }
}
