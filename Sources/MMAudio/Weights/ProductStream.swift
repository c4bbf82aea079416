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
    switch product.recipe {
    case .copy(let tensor):
      try stream(tensor, rowLength: 1, to: &writer, factor: nil)
    case .weightNorm(let magnitude, let direction):
      let magnitudes = try magnitude.values(from: file)
      let length = direction.count / magnitudes.count
      try stream(direction, rowLength: length, to: &writer) { row, norm in
        Double(magnitudes[row]) / norm
      }
    case .magnitudePreserving(let weight, let gain):
      let factor = Double(try gain?.values(from: file)[0] ?? 0) + 1
      let length = weight.count / product.shape[0]
      let root = Double(length).squareRoot()
      try stream(weight, rowLength: length, to: &writer) { _, norm in
        // EDM2 equation 66 with the reference's epsilon, Python `normalize` and `MPConv1D`.
        factor / ((1e-4 + norm / root) * root)
      }
    case .constant(let values):
      try store(values, from: 0, to: &writer)
    }
  }

  /// Reads `tensor` in whole rows and scales each by `factor(row, its Euclidean norm)`, if given.
  private func stream(
    _ tensor: StoredTensor, rowLength: Int, to writer: inout SafetensorsWriter,
    factor: ((Int, Double) -> Double)?
  ) throws(WeightError) {
    let rows = max(1, Self.chunkCount / rowLength)
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
      try store(values, from: start, to: &writer)
      start = end
    }
  }

  private func store(
    _ values: [Float], from start: Int, to writer: inout SafetensorsWriter
  ) throws(WeightError) {
    var result = Result<Void, WeightError>.success(())
    values.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      guard allFinite(base, count: buffer.count) else {
        result = .failure(.nonFinite(path: file.path, tensor: product.name))
        return
      }
      result = Result { () throws(WeightError) in
        try writer.write(buffer, of: product.name, from: start)
      }
    }
    try result.get()
  }
}
