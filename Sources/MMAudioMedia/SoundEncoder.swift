internal import CSndfile

/// libsndfile's own words for a failure.
struct SoundError: Error {
  let text: String
}

/// Owns a libsndfile encoder that writes into memory.
struct SoundEncoder: ~Copyable {
  private var handle: OpaquePointer?
  private let file: MemoryFile

  init(_ file: MemoryFile, format: Int, sampleRate: Int) throws(SoundError) {
    var info = SF_INFO()
    info.format = Int32(format)
    info.samplerate = Int32(clamping: sampleRate)
    info.channels = 1
    var callbacks = MemoryFile.callbacks
    // Safe: `file` is kept by this struct for as long as the encoder lives.
    let user = Unmanaged.passUnretained(file).toOpaque()
    guard let handle = sf_open_virtual(&callbacks, Int32(SFM_WRITE), &info, user) else {
      throw SoundError(text: Self.text(nil))
    }
    // The peak chunk of float files holds the time of day: equal audio should be equal bytes.
    sf_command(handle, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, Int32(SF_FALSE))
    self.handle = handle
    self.file = file
  }

  deinit {
    if let handle { sf_close(handle) }
  }

  /// Puts a comment into the metadata, which most formats have in front of the samples.
  func write(comment: String) throws(SoundError) {
    guard sf_set_string(handle, Int32(SF_STR_COMMENT), comment) == 0 else {
      throw SoundError(text: Self.text(handle))
    }
  }

  /// Encodes samples with the libsndfile function of their type.
  func write<Sample>(
    _ samples: [Sample],
    by function: (OpaquePointer?, UnsafePointer<Sample>?, sf_count_t) -> sf_count_t
  ) throws(SoundError) {
    guard function(handle, samples, sf_count_t(samples.count)) == samples.count else {
      throw SoundError(text: Self.text(handle))
    }
  }

  /// Ends the file: last blocks and header.
  mutating func finish() throws(SoundError) {
    let status = sf_close(handle)
    handle = nil
    guard status == 0 else { throw SoundError(text: String(cString: sf_error_number(status))) }
  }

  private static func text(_ handle: OpaquePointer?) -> String {
    let text = String(cString: sf_strerror(handle))
    // Some of its messages begin "Error : " and end in a full stop, some do not.
    let prefix = "Error : "
    let start = text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : text[...]
    return String(start.hasSuffix(".") ? start.dropLast() : start)
  }
}

/// True if the installed libsndfile writes mono files of the format.
func soundFormatExists(_ format: Int) -> Bool {
  var info = SF_INFO()
  info.format = Int32(format)
  info.samplerate = 16_000
  info.channels = 1
  return sf_format_check(&info) != 0
}

/// A growing file in memory, for libsndfile to write to.
final class MemoryFile {
  private(set) var bytes: [UInt8] = []
  private var position = 0

  /// Safe: libsndfile passes back the `MemoryFile` that the encoder gave it, while both live.
  private static func file(_ user: UnsafeMutableRawPointer?) -> MemoryFile? {
    user.map { Unmanaged<MemoryFile>.fromOpaque($0).takeUnretainedValue() }
  }

  static var callbacks: SF_VIRTUAL_IO {
    SF_VIRTUAL_IO(
      get_filelen: { sf_count_t(MemoryFile.file($0)?.bytes.count ?? 0) },
      seek: { offset, whence, user in MemoryFile.file(user)?.seek(offset, whence) ?? -1 },
      read: { target, count, user in MemoryFile.file(user)?.read(target, count) ?? 0 },
      write: { source, count, user in MemoryFile.file(user)?.write(source, count) ?? 0 },
      tell: { sf_count_t(MemoryFile.file($0)?.position ?? 0) })
  }

  private func seek(_ offset: sf_count_t, _ whence: Int32) -> sf_count_t {
    let origin = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : bytes.count
    position = min(max(origin + Int(offset), 0), bytes.count)
    return sf_count_t(position)
  }

  private func read(_ target: UnsafeMutableRawPointer?, _ count: sf_count_t) -> sf_count_t {
    let count = min(Int(count), bytes.count - position)
    guard count > 0, let target else { return 0 }
    UnsafeMutableRawBufferPointer(start: target, count: count)
      .copyBytes(from: bytes[position..<(position + count)])
    position += count
    return sf_count_t(count)
  }

  private func write(_ source: UnsafeRawPointer?, _ count: sf_count_t) -> sf_count_t {
    guard count > 0, let source else { return 0 }
    let new = UnsafeRawBufferPointer(start: source, count: Int(count))
    bytes.replaceSubrange(position..<min(position + new.count, bytes.count), with: new)
    position += new.count
    return count
  }
}
