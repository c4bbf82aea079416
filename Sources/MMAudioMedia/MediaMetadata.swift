internal import CFFmpeg

/// What a media file says about itself as a whole.
public struct MediaMetadata: Equatable, Sendable {
  /// Values by their names in small letters, such as `title` and `comment`.
  public let entries: [String: String]

  /// Reads the metadata of a sound or a video; Ogg keeps it with the first stream.
  ///
  /// - Parameter path: a file on this machine, or ``StandardInput/path``
  /// - Throws: what is wrong with the file
  public init(path: String) throws(MediaError) {
    let demuxer = try Demuxer(path: path, kind: nil)
    let container = demuxer.container.pointee
    let isOgg = String(cString: container.iformat.pointee.name) == "ogg"
    entries = FileMetadata.entries(isOgg ? demuxer.stream.pointee.metadata : container.metadata)
  }
}
