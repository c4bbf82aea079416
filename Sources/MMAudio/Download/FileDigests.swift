import Foundation
import MMAudioKernels

/// Both digests of a file, from one reading.
struct FileDigests {
  let md5: String
  let sha256: String

  /// Reads the file at `url` on two threads, one for each digest.
  init(_ url: URL) throws(WeightError) {
    let file = try InputFile(url)
    var hashing = Result<String, WeightError>.success("")
    var other = Result<String, WeightError>.success("")
    parallelFor(2) { task in
      if task == 0 {
        hashing = Result { () throws(WeightError) in try file.sha256() }
      } else {
        other = Result { () throws(WeightError) in try file.md5() }
      }
    }
    sha256 = try hashing.get()
    md5 = try other.get()
  }
}

extension InputFile {
  /// MD5 of the whole file, in hexadecimal digits.
  fileprivate func md5() throws(WeightError) -> String {
    var digest = MD5()
    try forEachChunk { digest.update($0) }
    return digest.hexadecimal
  }
}
