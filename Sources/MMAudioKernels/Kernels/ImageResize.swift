/// Antialiased bicubic resize of 8-bit RGB images, bit for bit as torchvision v2 does it on the CPU.
///
/// Separable, horizontal first; each pass is `(sum(w * x) + half) >> precision`, clipped to 0...255,
/// in `Int32` with the fixed-point weights of ``ResampleWeights``. That is what
/// `torch.nn.functional.interpolate(mode="bicubic", antialias=True)` does to uint8 tensors (ATen
/// `UpSampleKernelAVXAntialias.h`, after Pillow's `ImagingResample`).
///
/// One resizer serves many images of one size and keeps its scratch memory between them; it is for
/// one caller at a time. Only the crop of the resized image is computed.
public final class ImageResizer {
  /// Size of the images that go in.
  public let inputHeight: Int, inputWidth: Int
  /// Size of the images that come out, the crop's.
  public let outputHeight: Int, outputWidth: Int
  private let vertical: ResampleWeights
  private let horizontal: ResampleWeights
  /// `[rows that the crop needs, 3, outputWidth]`, the image between the two passes.
  private var narrowed: [UInt8]
  /// The last needed row with a byte after it, since pixels are read four bytes at a time.
  private var lastRow: [UInt8]

  /// Prepares to resize `[inputHeight, inputWidth]` to `[resizedHeight, resizedWidth]` and to keep
  /// rows `cropRows` and columns `cropColumns` of that; everything by default.
  public init(
    inputHeight: Int, inputWidth: Int, resizedHeight: Int, resizedWidth: Int,
    cropRows: Range<Int>? = nil, cropColumns: Range<Int>? = nil
  ) {
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    vertical = ResampleWeights(
      size: inputHeight, resized: resizedHeight, crop: cropRows ?? 0..<resizedHeight)
    horizontal = ResampleWeights(
      size: inputWidth, resized: resizedWidth, crop: cropColumns ?? 0..<resizedWidth)
    outputHeight = vertical.first.count
    outputWidth = horizontal.first.count
    narrowed = Array(repeating: 0, count: vertical.span.count * 3 * outputWidth)
    lastRow = Array(repeating: 0, count: inputWidth * 3 + 1)
  }

  /// Appends the resized image to `planes` as `[3, outputHeight, outputWidth]`.
  ///
  /// - Parameters:
  ///   - pixels: `[inputHeight, inputWidth, 3]`, each row `bytesPerRow` bytes after the one before
  ///   - bytesPerRow: at least `3 * inputWidth`
  ///   - planes: grows by `3 * outputHeight * outputWidth` bytes
  public func append(_ pixels: [UInt8], bytesPerRow: Int, to planes: inout [UInt8]) {
    precondition(
      bytesPerRow >= 3 * inputWidth
        && pixels.count >= bytesPerRow * (inputHeight - 1) + 3 * inputWidth,
      "ImageResizer: \(pixels.count) bytes in rows of \(bytesPerRow) for "
        + "[\(inputHeight), \(inputWidth), 3]")
    let size = 3 * outputHeight * outputWidth
    let end = planes.count
    planes.append(contentsOf: repeatElement(0, count: size))
    pixels.withUnsafeBufferPointer { pixels in
      narrow(pixels, bytesPerRow: bytesPerRow)
    }
    planes.withUnsafeMutableBufferPointer { planes in
      shorten(to: UnsafeMutableBufferPointer(rebasing: planes[end..<(end + size)]))
    }
  }

  /// The horizontal pass, `pixels` → `narrowed`.
  private func narrow(_ pixels: UnsafeBufferPointer<UInt8>, bytesPerRow: Int) {
    let rows = vertical.span
    let rowBytes = 3 * inputWidth
    let lastStart = (rows.upperBound - 1) * bytesPerRow
    for index in 0..<rowBytes { lastRow[index] = pixels[lastStart + index] }
    let outputBytes = 3 * outputWidth
    let weights = horizontal
    lastRow.withUnsafeBufferPointer { lastRow in
      narrowed.withUnsafeMutableBufferPointer { narrowed in
        guard let source = pixels.baseAddress, let last = lastRow.baseAddress,
          let target = narrowed.baseAddress
        else { return }
        // Four rows at a time share each load of a weight.
        parallelFor((rows.count + 3) / 4) { block in
          // Safe: the precondition of `append` covers every row; blocks write rows of their own. The
          // block's rows past the end repeat the last row, so that they read and write the same.
          let row = { min(block * 4 + $0, rows.count - 1) }
          let input = { (index: Int) -> UnsafePointer<UInt8> in
            let index = rows.lowerBound + row(index)
            return index == rows.upperBound - 1 ? last : source + index * bytesPerRow
          }
          narrowFourRows(
            (input(0), input(1), input(2), input(3)),
            to: (
              target + row(0) * outputBytes, target + row(1) * outputBytes,
              target + row(2) * outputBytes, target + row(3) * outputBytes
            ), weights)
        }
      }
    }
  }

  /// The vertical pass, `narrowed` → planes `[3, outputHeight, outputWidth]`.
  private func shorten(to planes: UnsafeMutableBufferPointer<UInt8>) {
    let width = outputWidth
    let height = outputHeight
    let start = vertical.span.lowerBound
    let weights = vertical
    let half = Int32(1) << (weights.precision - 1)
    narrowed.withUnsafeBufferPointer { narrowed in
      guard let source = narrowed.baseAddress, let target = planes.baseAddress else { return }
      let bands = min(height, 16)
      parallelFor(bands) { band in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 3 * width) { sums in
          guard let sums = sums.baseAddress else { return }
          // Safe: `first + count` stays inside `span`, whose rows `narrowed` holds; bands write rows
          // of their own.
          for y in (band * height / bands)..<((band + 1) * height / bands) {
            for x in 0..<(3 * width) { sums[x] = half }
            for tap in 0..<weights.count[y] {
              let weight = Int32(weights.weights[y * weights.taps + tap])
              let row = source + (weights.first[y] + tap - start) * 3 * width
              for x in 0..<(3 * width) { sums[x] &+= weight &* Int32(row[x]) }
            }
            for plane in 0..<3 {
              let out = target + (plane * height + y) * width
              let sums = sums + plane * width
              for x in 0..<width {
                out[x] = UInt8(truncatingIfNeeded: min(max(sums[x] &>> weights.precision, 0), 255))
              }
            }
          }
        }
      }
    }
  }
}

/// Four pointers, one a row.
private typealias FourRows<Pointer> = (Pointer, Pointer, Pointer, Pointer)

/// Resizes four rows of packed pixels to four rows of planes `[3, width]`.
private func narrowFourRows(
  _ input: FourRows<UnsafePointer<UInt8>>, to output: FourRows<UnsafeMutablePointer<UInt8>>,
  _ weights: ResampleWeights
) {
  let half = SIMD4<Int32>(repeating: 1 << (weights.precision - 1))
  let width = weights.first.count
  let shift = SIMD4<Int32>(repeating: weights.precision)
  weights.weights.withUnsafeBufferPointer { table in
    for x in 0..<width {
      var sums = (half, half, half, half)
      var offset = 3 * weights.first[x]
      let row = x * weights.taps
      for tap in row..<(row + weights.count[x]) {
        let weight = SIMD4<Int32>(repeating: Int32(table[tap]))
        sums.0 &+= weight &* pixel(input.0 + offset)
        sums.1 &+= weight &* pixel(input.1 + offset)
        sums.2 &+= weight &* pixel(input.2 + offset)
        sums.3 &+= weight &* pixel(input.3 + offset)
        offset += 3
      }
      store(sums.0 &>> shift, output.0 + x, width)
      store(sums.1 &>> shift, output.1 + x, width)
      store(sums.2 &>> shift, output.2 + x, width)
      store(sums.3 &>> shift, output.3 + x, width)
    }
  }
}

/// Red, green, blue and the byte after them, which nobody uses.
@inline(__always)
private func pixel(_ address: UnsafePointer<UInt8>) -> SIMD4<Int32> {
  // Safe: rows have a byte after their last pixel, that of the next row or the one in `lastRow`.
  let bytes = UnsafeRawPointer(address).loadUnaligned(as: SIMD4<UInt8>.self)
  return SIMD4<Int32>(truncatingIfNeeded: bytes)
}

/// Clips to 0...255 and writes red, green and blue, each to its plane.
@inline(__always)
private func store(_ value: SIMD4<Int32>, _ address: UnsafeMutablePointer<UInt8>, _ width: Int) {
  let value = value.replacing(with: 0, where: value .< 0).replacing(with: 255, where: value .> 255)
  address[0] = UInt8(truncatingIfNeeded: value[0])
  address[width] = UInt8(truncatingIfNeeded: value[1])
  address[2 * width] = UInt8(truncatingIfNeeded: value[2])
}
