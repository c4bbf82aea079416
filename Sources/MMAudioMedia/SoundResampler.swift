internal import CFFmpeg

/// Owns a resampler from any sound to floats of another form.
struct SoundResampler: ~Copyable {
  private let context: OpaquePointer
  private let kind: Kind
  private let form: SoundForm

  /// What a resampler was made for.
  private struct Kind: Equatable {
    let format: Int32
    let sampleRate: Int32
    let speakers: UInt64

    init(_ frame: UnsafePointer<AVFrame>) {
      format = frame.pointee.format
      sampleRate = frame.pointee.sample_rate
      speakers = mmaudio_frame_speakers(frame)
    }
  }

  /// - Parameters:
  ///   - frame: of the sound to come
  ///   - form: of what comes out
  init?(like frame: UnsafePointer<AVFrame>, to form: SoundForm) {
    self.form = form
    kind = Kind(frame)
    guard kind.sampleRate > 0,
      let context = mmaudio_resampler(frame, Int32(clamping: form.sampleRate), form.speakers)
    else { return nil }
    self.context = context
  }

  deinit {
    var context: OpaquePointer? = context
    swr_free(&context)
  }

  /// Whether a frame is of the kind that the resampler was made for.
  func takes(_ frame: UnsafePointer<AVFrame>) -> Bool { Kind(frame) == kind }

  /// Resamples a frame, or with nil gives what is still inside.
  func convert(_ frame: UnsafePointer<AVFrame>?) -> [SoundFrame] {
    let capacity = swr_get_out_samples(context, frame?.pointee.nb_samples ?? 0)
    guard capacity > 0 else { return [] }
    let channels = form.channels
    let samples = [Float](unsafeUninitializedCapacity: Int(capacity) * channels) { buffer, count in
      // Safe: FFmpeg writes at most `capacity` frames of so many floats and says how many.
      let written = mmaudio_resample(context, buffer.baseAddress, capacity, frame)
      count = max(0, Int(written)) * channels
    }
    return stride(from: 0, to: samples.count, by: channels).map { start in
      var frame = SoundFrame.zero
      for channel in 0..<channels { frame[channel] = samples[start + channel] }
      return frame
    }
  }
}
