internal import CFFmpeg
import Foundation

/// What tells a picture without time from a video of one frame.
enum StillImage {
  /// Whether a stream's codec is one for pictures, such as PNG; videos may have it too.
  static func hasFormat(_ stream: UnsafeMutablePointer<AVStream>) -> Bool {
    guard let codec = stream.pointee.codecpar?.pointee.codec_id,
      let types = avcodec_descriptor_get(codec)?.pointee.mime_types, let type = types[0]
    else { return false }
    // Safe: the list ends with nil, which was looked for, and its strings are FFmpeg's constants.
    return String(cString: type).hasPrefix("image/")
  }

  /// Whether a file of one picture is an image file.
  static func isFormat(
    _ container: UnsafeMutablePointer<AVFormatContext>, _ stream: UnsafeMutablePointer<AVStream>
  ) -> Bool {
    let format = String(cString: container.pointee.iformat.pointee.name)
    let brand = FileMetadata.entries(container.pointee.metadata)["major_brand"] ?? ""
    return hasFormat(stream) || format.hasSuffix("_pipe") || format == "image2"
      || pictureBrands.contains(brand)
  }

  /// Whether the file at a place is WebP that moves, which FFmpeg 5 takes for a still that is broken.
  static func isAnimatedWebP(_ place: String) -> Bool {
    let file = FileHandle(forReadingAtPath: place)
    let header = (try? file?.read(upToCount: 21)) ?? Data()
    // RIFF, four bytes of size, WEBP, and the flags of the extended header.
    return header.count == 21 && header.starts(with: Data("RIFF".utf8))
      && header[8..<16] == Data("WEBPVP8X".utf8) && header[20] & 2 != 0
  }

  /// Brands of AVIF and HEIF, which are MP4 to FFmpeg.
  private static let pictureBrands: Set<String> = [
    "avif", "avis", "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1",
  ]
}
