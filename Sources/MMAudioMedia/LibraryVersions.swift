internal import CFFmpeg
internal import CSndfile

/// The libraries that read and write media here, as they name themselves: `FFmpeg 5.1.9, libsndfile-1.2.0`.
public let mediaLibraryVersions =
  "FFmpeg \(String(cString: av_version_info())), \(String(cString: sf_version_string()))"
