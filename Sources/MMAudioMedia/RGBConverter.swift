internal import CFFmpeg

/// Owns a swscale context that turns decoded pictures into RGB24 of their own size.
///
/// Bilinear chroma, and the colour matrix and range that each picture states, BT.601 if none: so does
/// the `to_ndarray(format="rgb24")` of PyAV 17 and later, which the reference calls.
struct RGBConverter: ~Copyable {
  private var scaler: UnsafeMutableRawPointer?

  deinit { mmaudio_free_scaler(scaler) }

  /// Converts `picture` into `rgb`; false if FFmpeg cannot.
  ///
  /// The context is made anew when the size or the pixel format changes in the middle of a stream.
  mutating func convert(_ picture: UnsafePointer<AVFrame>, into rgb: inout RGBFrame) -> Bool {
    scaler = mmaudio_rgb_scaler(scaler, picture)
    guard let scaler else { return false }
    rgb.resize(width: Int(picture.pointee.width), height: Int(picture.pointee.height))
    let stride = Int32(rgb.bytesPerRow)
    return rgb.bytes.withUnsafeMutableBufferPointer { bytes in
      // Safe: `resize` made room for `height` padded rows.
      mmaudio_to_rgb(scaler, picture, bytes.baseAddress, stride) >= 0
    }
  }
}
