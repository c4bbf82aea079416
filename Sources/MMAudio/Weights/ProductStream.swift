import MMAudioKernels

/// Computes one converted tensor and writes it, a few megabytes at a time.
struct ProductStream {
  private let product: ConversionPlan.Product
  private let file: InputFile

  /// Values in flight; a row is never split, so a long row takes more.
  private static let chunkCount = 1 << 20

  init(_ product: ConversionPlan.Product, _ file: InputFile) {
    self.product = product
    self.file = file
  }

  /// - Throws: `.nonFinite`, or what reading and writing throw.
  func write(to writer: inout SafetensorsWriter) throws(WeightError) {
    let requirement = product.requirement
    switch requirement.order {
    case .published:
      try stream(multipleOf: 1) { values, start throws(WeightError) in
        try store(values, from: start, to: &writer)
      }
    case .panels:
      let (_, inputs, taps) = kernelSizes(requirement.shape)
      try stream(multipleOf: PanelWeights.width) { values, start throws(WeightError) in
        try store(packed(values, inputs: inputs, taps: taps), from: start, to: &writer)
      }
    case .transposedPanels:
      // Every output depends on all rows, which are tens of megabytes at most.
      var all: [Float] = []
      try stream(multipleOf: 1) { values, _ in all += values }
      let (_, inputs, taps) = kernelSizes(requirement.convertedShape)
      let kernel = transposedKernel(Tensor(requirement.shape, all)).values
      try store(packed(kernel, inputs: inputs, taps: taps), from: 0, to: &writer)
    }
  }

  /// Computes the values in published order and hands them on in whole rows of the outermost axis.
  private func stream(
    multipleOf rows: Int, _ body: ([Float], Int) throws(WeightError) -> Void
  ) throws(WeightError) {
    let outer = max(1, product.requirement.shape.first ?? 1)
    switch product.recipe {
    case .copy(let tensor):
      try stream(tensor, rowLength: tensor.count / outer, multipleOf: rows, factor: nil, body)
    case .weightNorm(let magnitude, let direction):
      let magnitudes = try magnitude.values(from: file)
      let length = direction.count / magnitudes.count
      let factor = { (row: Int, norm: Double) in Double(magnitudes[row]) / norm }
      try stream(direction, rowLength: length, multipleOf: rows, factor: factor, body)
    case .magnitudePreserving(let weight, let gain):
      let factor = Double(try gain?.values(from: file)[0] ?? 0) + 1
      let length = weight.count / outer
      let root = Double(length).squareRoot()
      // EDM2 equation 66 with the reference's epsilon, Python `normalize` and `MPConv1D`.
      let scale = { (_: Int, norm: Double) in factor / ((1e-4 + norm / root) * root) }
      try stream(weight, rowLength: length, multipleOf: rows, factor: scale, body)
    case .constant(let values):
      try body(values, 0)
    }
  }

  /// Reads `tensor` in whole rows and scales each by `factor(row, its Euclidean norm)`, if given.
  private func stream(
    _ tensor: StoredTensor, rowLength: Int, multipleOf: Int, factor: ((Int, Double) -> Double)?,
    _ body: ([Float], Int) throws(WeightError) -> Void
  ) throws(WeightError) {
    let rows = max(1, Self.chunkCount / max(1, rowLength) / multipleOf) * multipleOf
    var start = 0
    while start < tensor.count {
      let end = min(tensor.count, start + rows * rowLength)
      var values = try tensor.values(start..<end, from: file)
      if let factor {
        values.withUnsafeMutableBufferPointer { buffer in
          guard let base = buffer.baseAddress else { return }
          for offset in stride(from: 0, to: end - start, by: rowLength) {
            // Safe: chunks hold whole rows.
            let norm = euclideanNorm(base + offset, count: rowLength)
            scale(
              base + offset, count: rowLength,
              by: factor((start + offset) / rowLength, norm))
          }
        }
      }
      try body(values, start)
      start = end
    }
  }

  /// Whole rows of a kernel in the order of panels.
  private func packed(_ rows: [Float], inputs: Int, taps: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: rows.count) { panels, count in
      rows.withUnsafeBufferPointer { rows in
        guard let source = rows.baseAddress, let target = panels.baseAddress else { return }
        packPanels(
          source, outputs: rows.count / (inputs * taps), inputs: inputs, taps: taps, into: target)
        count = rows.count
      }
    }
  }

  private func store(
    _ values: [Float], from start: Int, to writer: inout SafetensorsWriter
  ) throws(WeightError) {
    let name = product.requirement.name
    var result = Result<Void, WeightError>.success(())
    values.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      guard allFinite(base, count: buffer.count) else {
        result = .failure(.nonFinite(path: file.path, tensor: name))
        return
      }
      result = Result { () throws(WeightError) in
        try writer.write(buffer, of: name, from: start)
      }
    }
    try result.get()
  }
}

/// How a layer sees a kernel of this shape: `[outputs, inputs, taps]` is a convolution over time, all
/// other axes behind the first are inputs.
func kernelSizes(_ shape: [Int]) -> (outputs: Int, inputs: Int, taps: Int) {
  let taps = shape.count == 3 ? shape[2] : 1
  return (shape[0], shape.dropFirst().reduce(1, *) / max(1, taps), taps)
}
