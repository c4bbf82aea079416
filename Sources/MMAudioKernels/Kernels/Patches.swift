/// Rows of pixels under the patches of a stack of frames, normalised: the input of a patch
/// embedding that is a linear layer.
///
/// A pixel p of channel c becomes `(p / 255 - mean[c]) / deviation[c]`. Patches neither overlap nor
/// are padded; pixels right of and below the last whole patch are not seen. Frames are taken
/// `depth` at a time.
///
/// - Parameters:
///   - frames: `[frames, 3, size, size]`, planar 8-bit
///   - size: height and width of a frame in pixels
///   - images: indices of the frames to take, a multiple of `depth`
///   - patch: height and width of a patch in pixels
///   - depth: frames under one patch
///   - mean: per channel
///   - deviation: per channel
/// - Returns: `[images / depth, patches, 3 * depth * patch * patch]`, pixels ordered as in the kernel
///   of PyTorch's `Conv2d` and `Conv3d`: channel, frame, row, column
public func patches(
  of frames: [UInt8], size: Int, images: [Int], patch: Int, depth: Int,
  mean: [Float], deviation: [Float]
) -> Tensor {
  let side = size / patch
  let plane = size * size
  precondition(images.count % depth == 0, "patches: \(images.count) frames, \(depth) at a time")
  precondition(
    images.allSatisfy { $0 >= 0 && ($0 + 1) * 3 * plane <= frames.count },
    "patches: frames \(images)")
  // A pixel has 256 values: look the normalised ones up.
  let normalized = (0..<3).map { channel in
    (0..<256).map { (Float($0) / 255 - mean[channel]) / deviation[channel] }
  }
  return Tensor([images.count / depth, side * side, 3 * depth * patch * patch]) { out in
    frames.withUnsafeBufferPointer { frames in
      parallelFor(images.count / depth * side) { index in
        let (group, patchRow) = (index / side, index % side)
        var target = out + index * side * 3 * depth * patch * patch
        for patchColumn in 0..<side {
          for channel in 0..<3 {
            normalized[channel].withUnsafeBufferPointer { table in
              for frame in 0..<depth {
                let image = images[group * depth + frame]
                for y in 0..<patch {
                  let row = (image * 3 + channel) * plane + (patchRow * patch + y) * size
                  for x in 0..<patch {
                    target[x] = table[Int(frames[row + patchColumn * patch + x])]
                  }
                  target += patch
                }
              }
            }
          }
        }
      }
    }
  }
}
