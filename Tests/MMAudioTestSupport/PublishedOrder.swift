import MMAudioKernels

/// Undoes what the converter does to the order of kernels, by an index for every value.
public enum PublishedOrder {
  /// `[outputs, inputs, taps]` from panels of 16 outputs, `[taps, inputs, up to 16]` each.
  public static func kernel(_ panels: Tensor) -> Tensor {
    let shape = panels.shape
    let taps = shape.count == 3 ? shape[2] : 1
    let inputs = shape.dropFirst().reduce(1, *) / taps
    let values = panels.values
    return Tensor(
      shape,
      values.indices.map { index in
        let (output, input, tap) = (
          index / (inputs * taps), index / taps % inputs, index % taps
        )
        let first = output / 16 * 16
        let width = min(16, shape[0] - first)
        return values[first * inputs * taps + (tap * inputs + input) * width + output - first]
      })
  }

  /// `[inputs, outputs, 2 * stride]` from the two-tap kernel `[stride * outputs, inputs, 2]`, in panels.
  public static func transposedKernel(_ panels: Tensor, outputs: Int) -> Tensor {
    let (columns, inputs) = (panels.shape[0], panels.shape[1])
    let stride = columns / outputs
    let values = kernel(panels).values
    return Tensor(
      [inputs, outputs, 2 * stride],
      values.indices.map { index in
        let (input, output, tap) = (
          index / (outputs * 2 * stride), index / (2 * stride) % outputs, index % (2 * stride)
        )
        // The later half of the taps meets the earlier input.
        let column = tap % stride * outputs + output
        return values[(column * inputs + input) * 2 + (tap < stride ? 1 : 0)]
      })
  }
}
