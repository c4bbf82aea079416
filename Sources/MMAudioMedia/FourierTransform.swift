internal import CFFmpeg

/// Owns a Fourier transform of real blocks of one size, by libavutil.
public struct FourierTransform: ~Copyable {
  /// Samples that a block has.
  public let size: Int
  private let context: OpaquePointer
  private let transform: av_tx_fn
  /// Aligned for vector units, as libavutil wants them.
  private let input: UnsafeMutablePointer<AVComplexFloat>
  private let output: UnsafeMutablePointer<AVComplexFloat>

  /// - Parameter size: a power of two
  public init(size: Int) {
    precondition(size > 1 && size & (size - 1) == 0, "FourierTransform: size \(size)")
    var context: OpaquePointer?
    var transform: av_tx_fn?
    var scale: Float = 1
    let status = av_tx_init(&context, &transform, AV_TX_FLOAT_FFT, 0, Int32(size), &scale, 0)
    let bytes = size * MemoryLayout<AVComplexFloat>.stride
    guard status >= 0, let context, let transform, let input = av_malloc(bytes),
      let output = av_malloc(bytes)
    else { preconditionFailure("FourierTransform: \(ffmpegText(status)) for size \(size)") }
    self.size = size
    self.context = context
    self.transform = transform
    self.input = input.bindMemory(to: AVComplexFloat.self, capacity: size)
    self.output = output.bindMemory(to: AVComplexFloat.self, capacity: size)
  }

  deinit {
    var context: OpaquePointer? = context
    av_tx_uninit(&context)
    av_free(input)
    av_free(output)
  }

  /// How much of each frequency there is in a block.
  ///
  /// - Parameter block: at most ``size`` samples; zeros are taken to follow
  /// - Returns: magnitudes of the frequencies from zero to half the sample rate, `size / 2 + 1` of them
  public func magnitudes(of block: [Float]) -> [Float] {
    precondition(block.count <= size, "FourierTransform: \(block.count) samples of \(size)")
    // Safe: both buffers hold `size` values, and only calls of this function touch them.
    for index in 0..<size {
      input[index] = AVComplexFloat(re: index < block.count ? block[index] : 0, im: 0)
    }
    transform(context, output, input, MemoryLayout<AVComplexFloat>.stride)
    return (0...size / 2).map { index in
      let value = output[index]
      return (value.re * value.re + value.im * value.im).squareRoot()
    }
  }
}
