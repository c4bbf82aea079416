/// How the steps of a convolution become rows of its products.
///
/// With dilation d every d-th step belongs together: a batch item is d sequences without dilation. A
/// tile is `filter.outputs` steps of a sequence and one row; a sequence has `groups - 1` rows more,
/// which only serve as later groups' inputs.
struct ConvolutionTiling {
  let time: Int
  let inputs: Int
  /// Steps of output.
  let length: Int
  let dilation: Int
  let padding: Int
  let outputs: Int
  let products: Int
  let groups: Int
  let tilesPerSequence: Int
  let rowsPerSequence: Int
  /// Rows that are multiplied.
  let rows: Int
  /// Rows that are transformed: those, and what the last one's later groups need.
  let transformedRows: Int
  /// Rows whose transformed input, one product of it, stays in a core's cache.
  let rowsPerChunk: Int

  init(batch: Int, time: Int, _ weights: ConvolutionWeights) {
    self.time = time
    inputs = weights.inputs
    groups = weights.groups
    length = time + weights.growth
    dilation = weights.dilation
    padding = weights.padding
    outputs = weights.filter.outputs
    products = weights.filter.products
    let longest = (length + dilation - 1) / dilation
    tilesPerSequence = (longest + outputs - 1) / outputs
    rowsPerSequence = tilesPerSequence + weights.groups - 1
    transformedRows = batch * dilation * rowsPerSequence
    rows = transformedRows - (weights.groups - 1)
    // Multiples of both microkernels' heights, 14 and 6.
    rowsPerChunk = max(42, min(252, 262_144 / weights.inputs) / 42 * 42)
  }

  /// The batch item, the first step's remainder, and the tile of a row.
  @inline(__always)
  func place(_ row: Int) -> (item: Int, remainder: Int, tile: Int) {
    let (sequence, tile) = (row / rowsPerSequence, row % rowsPerSequence)
    return (sequence / dilation, sequence % dilation, tile)
  }
}

/// The two halves of a convolution over some rows.
///
/// Pointers are valid while the task's creator runs.
struct ConvolutionTask {
  let tiling: ConvolutionTiling
  /// The kernel, or the gate of two.
  let first: PackedMatrices
  /// What is multiplied by the gate, if there is one.
  let second: PackedMatrices?
  /// Bᵀ, `[products, products]`.
  let inputTransform: UnsafePointer<Float>
  /// Aᵀ, `[outputs, products]`.
  let outputTransform: UnsafePointer<Float>
  /// `[outputs]`.
  let bias: UnsafePointer<Float>?
  let activation: Activation
  /// `[batch, time, inputs]`.
  let x: UnsafePointer<Float>
  /// `[batch, length, outputs]`.
  let out: UnsafeMutablePointer<Float>

  /// Columns whose products, all of them, stay in a core's cache with the input.
  private static let columnsPerBlock = 256

  /// Transforms the input of some rows and hands `body` the result,
  /// `[products, rows + groups - 1, inputs]`.
  func withTransformed(
    _ rows: Range<Int>, tasks: Int, _ body: (UnsafePointer<Float>) -> Void
  ) {
    let inputs = tiling.inputs
    let count = rows.count + tiling.groups - 1
    // A single tap needs no copy: its rows are the input's.
    if tiling.products == 1, tiling.groups == 1 { return body(x + rows.lowerBound * inputs) }
    let capacity = tiling.products * count * inputs + inputs
    withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity) { buffer in
      guard let memory = buffer.baseAddress else { return }
      let zeros = memory + capacity - inputs
      zeros.update(repeating: 0, count: inputs)
      parallelFor(tasks) { task in
        for index in share(task, of: tasks, total: count) {
          transform(
            row: rows.lowerBound + index, memory + index * inputs, stride: count * inputs, zeros)
        }
      }
      body(memory)
    }
  }

  /// Bᵀ times the inputs of one tile: a row of every product.
  private func transform(
    row: Int, _ target: UnsafeMutablePointer<Float>, stride: Int, _ zeros: UnsafePointer<Float>
  ) {
    let (item, remainder, tile) = tiling.place(row)
    let firstStep = tiling.outputs * tile
    func source(_ index: Int) -> UnsafePointer<Float> {
      let step = remainder + tiling.dilation * (firstStep + index) - tiling.padding
      guard step >= 0, step < tiling.time else { return zeros }
      return x + (item * tiling.time + step) * tiling.inputs
    }
    for product in 0..<tiling.products {
      combineRows(
        inputTransform + product * tiling.products, count: tiling.products, source,
        target + product * stride, channels: tiling.inputs)
    }
  }

  /// Products and Aᵀ for some rows and panels.
  func multiply(_ transformed: UnsafePointer<Float>, _ rows: Range<Int>, panels: Range<Int>) {
    let perBlock = max(1, Self.columnsPerBlock / PackedMatrices.panelWidth)
    var start = panels.lowerBound
    while start < panels.upperBound {
      let end = min(start + perBlock, panels.upperBound)
      multiplyBlock(transformed, rows, panels: start..<end)
      start = end
    }
  }

  private func multiplyBlock(
    _ transformed: UnsafePointer<Float>, _ rows: Range<Int>, panels: Range<Int>
  ) {
    let products = tiling.products
    let width = panels.count * PackedMatrices.panelWidth
    let size = products * rows.count * width  // of one kernel's products
    let kernels = second == nil ? 1 : 2
    withUnsafeTemporaryAllocation(of: Float.self, capacity: kernels * size + width) { buffer in
      guard let memory = buffer.baseAddress else { return }
      for product in 0..<products {
        let a = transformed + product * (rows.count + tiling.groups - 1) * tiling.inputs
        let target = memory + product * rows.count * width
        first.multiply(
          product, rows: rows.count, a, stride: tiling.inputs, panels: panels, target)
        second?.multiply(
          product, rows: rows.count, a, stride: tiling.inputs, panels: panels, target + size)
      }
      let start = panels.lowerBound * PackedMatrices.panelWidth
      let columns = start..<min(first.columns, start + width)
      for row in rows {
        let products = memory + (row - rows.lowerBound) * width
        finishRow(
          row, products, second == nil ? nil : products + size, stride: rows.count * width,
          scratch: memory + kernels * size, columns)
      }
    }
  }

  /// Aᵀ times the products of one tile: its steps of output.
  private func finishRow(
    _ row: Int, _ products: UnsafePointer<Float>, _ gated: UnsafePointer<Float>?, stride: Int,
    scratch: UnsafeMutablePointer<Float>, _ columns: Range<Int>
  ) {
    let (item, remainder, tile) = tiling.place(row)
    guard tile < tiling.tilesPerSequence else { return }
    let (width, count) = (first.columns, tiling.products)
    for index in 0..<tiling.outputs {
      let step = remainder + tiling.dilation * (tiling.outputs * tile + index)
      guard step < tiling.length else { return }
      let target = out + (item * tiling.length + step) * width + columns.lowerBound
      let coefficients = outputTransform + index * count
      combineRows(
        coefficients, count: count, { products + $0 * stride }, target, channels: columns.count)
      if let bias {
        let bias = bias + columns.lowerBound
        for i in 0..<columns.count { target[i] += bias[i] }
      }
      activation.apply(to: target, count: columns.count)
      guard let gated else { continue }
      combineRows(
        coefficients, count: count, { gated + $0 * stride }, scratch, channels: columns.count)
      for i in 0..<columns.count { target[i] *= scratch[i] }
    }
  }
}
