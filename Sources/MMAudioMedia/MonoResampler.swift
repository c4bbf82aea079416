internal import CFFmpeg

/// Owns a resampler from any sound to floats of one channel.
struct MonoResampler: ~Copyable {
  private let context: OpaquePointer
  private let kind: Kind
  private let sampleRate: Int32

  /// What a resampler was made for.
  private struct Kind: Equatable {
    let format: Int32
    let sampleRate: Int32
    let channels: Int32

    init(_ frame: UnsafePointer<AVFrame>) {
      format = frame.pointee.format
      sampleRate = frame.pointee.sample_rate
      channels = mmaudio_frame_channels(frame)
    }
  }

  /// - Parameters:
  ///   - frame: of the sound to come
  ///   - sampleRate: samples per second that come out
  init?(like frame: UnsafePointer<AVFrame>, sampleRate: Int) {
    let (rate, kind) = (Int32(clamping: sampleRate), Kind(frame))
    guard kind.channels > 0, kind.sampleRate > 0,
      let context = mmaudio_mono_resampler(frame, rate)
    else { return nil }
    self.context = context
    self.kind = kind
    self.sampleRate = rate
  }

  deinit {
    var context: OpaquePointer? = context
    swr_free(&context)
  }

  /// Whether a frame is of the kind that the resampler was made for.
  func takes(_ frame: UnsafePointer<AVFrame>) -> Bool { Kind(frame) == kind }

  /// Resamples a frame, or with nil gives what is still inside.
  func convert(_ frame: UnsafePointer<AVFrame>?) -> [Float] {
    let capacity = swr_get_out_samples(context, frame?.pointee.nb_samples ?? 0)
    guard capacity > 0 else { return [] }
    return [Float](unsafeUninitializedCapacity: Int(capacity)) { buffer, count in
      // Safe: FFmpeg writes at most `capacity` floats and says how many.
      count = max(0, Int(mmaudio_resample(context, buffer.baseAddress, capacity, frame)))
    }
  }
}
