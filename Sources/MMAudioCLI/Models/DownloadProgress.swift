import MMAudio

/// How far the download of a file is.
struct DownloadProgress: Progress {
  let name: String
  let done: Int
  let whole: Int?

  /// `v1-44.pth 12%, 147.5 MB of 1.2 GB, 20.1 MB/s`.
  func line(elapsed: Double, first: Int, bar: Bool) -> String {
    guard let whole, whole > 0 else { return "\(name) \(Models.size(done))" }
    let share = "\(name) \(100 * done / whole)%, \(Models.size(done)) of \(Models.size(whole))"
    let rate = Int(Double(done - first) / max(elapsed, 0.001))
    return done < whole && rate > 0 ? "\(share), \(Models.size(rate))/s" : share
  }
}
