/// The three parts of a convolution over some rows: transform, products, transform back.
///
/// Pointers are valid while the task's creator runs.
struct ConvolutionTask {
  let tiling: ConvolutionTiling
  let filter: MinimalFilter
  /// One kernel, or a gate and what is multiplied by it.
  let kernels: [PanelWeights]
  /// Bᵀ, `[products, products]`.
  let inputTransform: UnsafePointer<Float>
  /// Aᵀ, `[outputs, products]`.
  let outputTransform: UnsafePointer<Float>
  /// `[outputs]`.
  let bias: UnsafePointer<Float>?
  let activation: Activation
  /// `[batch, length, outputs]`, where there is no activation.
  let residual: UnsafePointer<Float>?
  /// The first steps of the input, in front of `x`: `[history steps, inputs]`, of a batch of one.
  let history: UnsafePointer<Float>
  let historySteps: Int
  /// `[batch, time - history steps, inputs]`.
  let x: UnsafePointer<Float>
  /// `[batch, length, outputs]`.
  let out: UnsafeMutablePointer<Float>

  /// Transforms the input of some rows and hands `body` the result,
  /// `[products, rows + groups - 1, inputs]`.
  func withTransformed(
    _ rows: Range<Int>, tasks: Int, _ body: (UnsafePointer<Float>) -> Void
  ) {
    let inputs = tiling.inputs
    let count = rows.count + tiling.groups - 1
    // A single tap needs no copy: its rows are the input's.
    if tiling.products == 1, tiling.groups == 1, tiling.rowStride == inputs, historySteps == 0,
      tiling.padding == 0
    {
      return body(x + rows.lowerBound * inputs)
    }
    let capacity = tiling.products * count * tiling.rowStride + inputs
    withScratch(capacity) { memory in
      let zeros = memory + capacity - inputs
      zeros.update(repeating: 0, count: inputs)
      parallelFor(tasks) { task in
        let part = share(task, of: tasks, total: count)
        var place = tiling.place(rows.lowerBound + part.lowerBound)
        for index in part {
          let target = memory + index * tiling.rowStride
          switch tiling.products {
          case 6: transform(.init { source(place, $0, zeros) } as Pointers<6>, target, count)
          case 7: transform(.init { source(place, $0, zeros) } as Pointers<7>, target, count)
          default: target.update(from: source(place, 0, zeros), count: inputs)
          }
          tiling.advance(&place)
        }
      }
      body(memory)
    }
  }

  private typealias Pointers<let count: Int> = InlineArray<count, UnsafePointer<Float>>

  /// The input of one step of a row's tile, or zeros beyond the ends.
  @inline(__always)
  private func source(
    _ place: ConvolutionTiling.Place, _ index: Int, _ zeros: UnsafePointer<Float>
  ) -> UnsafePointer<Float> {
    let step =
      place.remainder + tiling.dilation * (tiling.outputs * place.tile + index) - tiling.padding
    guard step >= 0, step < tiling.time else { return zeros }
    guard step >= historySteps else { return history + step * tiling.inputs }
    return x + (place.item * tiling.time + step - historySteps) * tiling.inputs
  }

  /// Bᵀ times the inputs of one tile: a row of every product, `rows` rows apart.
  @inline(__always)
  private func transform<let count: Int>(
    _ sources: Pointers<count>, _ target: UnsafeMutablePointer<Float>, _ rows: Int
  ) {
    let stride = rows * tiling.rowStride
    combineRows(sources, inputTransform, outputs: count, channels: tiling.inputs) {
      store16($1, target + $0 * stride + $2, count: $3)
    }
  }

  /// Products and Aᵀ for some rows and blocks of columns.
  func multiply(_ transformed: UnsafePointer<Float>, _ rows: Range<Int>, blocks: Range<Int>) {
    let productSize = rows.count * tiling.blocksPerGroup * PanelProduct.width
    let kernelSize = tiling.products * productSize
    let blockSize = tiling.innerStep * PanelProduct.width
    withScratch(kernels.count * kernelSize + 2 * blockSize) { memory in
      let groups = stride(from: blocks.lowerBound, to: blocks.upperBound, by: tiling.blocksPerGroup)
      for start in groups {
        let group = start..<min(start + tiling.blocksPerGroup, blocks.upperBound)
        for (index, kernel) in kernels.enumerated() {
          let isLast = index == kernels.count - 1
          var next = prefetch(
            isLast ? kernels[0] : kernels[index + 1],
            isLast ? group.upperBound..<group.upperBound + group.count : group, rows: rows.count)
          multiply(
            transformed, kernel, rows, group, into: memory + index * kernelSize,
            scratch: memory + kernels.count * kernelSize, &next)
        }
        let width = group.count * PanelProduct.width
        let start = group.lowerBound * PanelProduct.width
        finish(
          rows, memory, productStride: rows.count * width, rowStride: width,
          kernelStride: kernelSize, start..<min(tiling.columns, start + width))
      }
    }
  }

  /// Weights that are wanted next, while as many others are multiplied with.
  private func prefetch(_ kernel: PanelWeights, _ group: Range<Int>, rows: Int) -> Prefetch {
    let bytes = kernel.bytes(ofBlocks: group)
    let tiles = rows / PanelProduct.tileHeight * group.count * tiling.products
    return Prefetch(
      bytes.start, byteCount: bytes.count, steps: tiles * tiling.groups * tiling.inputs)
  }

  /// All products of some rows with a group of blocks of one kernel,
  /// `[products, rows, width of the group]`.
  private func multiply(
    _ transformed: UnsafePointer<Float>, _ kernel: PanelWeights, _ rows: Range<Int>,
    _ group: Range<Int>, into out: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, _ next: inout Prefetch
  ) {
    let inner = tiling.groups * tiling.inputs
    let width = group.count * PanelProduct.width
    let productSize = (rows.count + tiling.groups - 1) * tiling.rowStride
    for start in stride(from: 0, to: inner, by: tiling.innerStep) {
      let range = start..<min(start + tiling.innerStep, inner)
      for run in filter.runs {
        // Written soon: by then the lines are here.
        if run.upperBound == tiling.products { prefetchResult(rows, group) }
        for block in group {
          let made = blocks(kernel, block, run, range, scratch)
          for (index, product) in run.enumerated() where !made.range.isEmpty {
            PanelProduct.multiply(
              rows: rows.count, transformed + product * productSize + start,
              stride: tiling.rowStride, index == 0 ? made.first : made.second,
              inner: made.range.count,
              out + product * rows.count * width
                + (block - group.lowerBound) * PanelProduct.width, stride: width,
              adds: start > 0, &next)
          }
        }
      }
    }
  }

  /// Asks for the memory that a group's columns of the result go to.
  private func prefetchResult(_ rows: Range<Int>, _ group: Range<Int>) {
    let columns = group.lowerBound * PanelProduct.width
    let count = min(tiling.columns - columns, group.count * PanelProduct.width)
    var place = tiling.place(rows.lowerBound)
    for _ in rows {
      let first = place.remainder + tiling.dilation * tiling.outputs * place.tile
      for output in 0..<tiling.outputs {
        let step = first + output * tiling.dilation
        let start = out + (place.item * tiling.length + step) * tiling.columns + columns
        for column in stride(from: 0, to: count, by: 16) { prefetchLine(start + column) }
      }
      tiling.advance(&place)
    }
  }

  /// A block's weights for a run of products, transformed and widened in `scratch` if need be, and the
  /// rows of them that are not zero.
  @inline(__always)
  private func blocks(
    _ kernel: PanelWeights, _ block: Int, _ run: Range<Int>, _ range: Range<Int>,
    _ scratch: UnsafeMutablePointer<Float>
  ) -> (first: PanelProduct.Block, second: PanelProduct.Block, range: Range<Int>) {
    var range = range
    if let tap = filter.picks[run.lowerBound] {
      // The last group may not have the tap.
      let groups = (kernel.taps - tap + filter.taps - 1) / filter.taps
      range = range.clamped(to: 0..<groups * tiling.inputs)
      if let first = kernel.block(block, tap: tap, filter, range) { return (first, first, range) }
    }
    let panels = PanelProduct.width / PanelWeights.width
    let distance = tiling.innerStep * PanelProduct.width
    for panel in 0..<panels {
      kernel.expand(
        panel: block * panels + panel, run, filter, range,
        into: scratch + panel * PanelWeights.width, stride: PanelProduct.width, distance: distance)
    }
    return (PanelProduct.Block(scratch), PanelProduct.Block(scratch + distance), range)
  }

  /// Aᵀ times the products of some rows, and what follows: their tiles' steps of output.
  private func finish(
    _ rows: Range<Int>, _ products: UnsafePointer<Float>, productStride: Int, rowStride: Int,
    kernelStride: Int, _ columns: Range<Int>
  ) {
    var place = tiling.place(rows.lowerBound)
    for row in 0..<rows.count {
      let products = products + row * rowStride
      if place.tile < tiling.tilesPerSequence {
        switch tiling.products {
        case 6:
          finish(
            place, .init { products + $0 * productStride } as Pointers<6>, kernelStride, columns)
        case 7:
          finish(
            place, .init { products + $0 * productStride } as Pointers<7>, kernelStride, columns)
        default: finish(place, [products] as Pointers<1>, kernelStride, columns)
        }
      }
      tiling.advance(&place)
    }
  }

  @inline(__always)
  private func finish<let count: Int>(
    _ place: ConvolutionTiling.Place, _ products: Pointers<count>, _ kernelStride: Int,
    _ columns: Range<Int>
  ) {
    let first = place.remainder + tiling.dilation * tiling.outputs * place.tile
    guard first < tiling.length else { return }
    let left = (tiling.length - first + tiling.dilation - 1) / tiling.dilation
    let steps = min(tiling.outputs, left)
    let start = (place.item * tiling.length + first) * tiling.columns + columns.lowerBound
    let stride = tiling.dilation * tiling.columns
    let target = out + start
    let (bias, residual) = (bias.map { $0 + columns.lowerBound }, residual.map { $0 + start })
    combineRows(products, outputTransform, outputs: steps, channels: columns.count) {
      let place = $0 * stride + $2
      var value = $1
      if let bias { value += load16(bias + $2, count: $3) }
      if let residual { value += load16(residual + place, count: $3) }
      store16(value, target + place, count: $3)
    }
    for step in 0..<steps { activation.apply(to: target + step * stride, count: columns.count) }
    guard kernels.count > 1 else { return }
    let gated = Pointers<count> { products[$0] + kernelStride }
    combineRows(gated, outputTransform, outputs: steps, channels: columns.count) {
      let value = target + $0 * stride + $2
      store16($1 * load16(value, count: $3), value, count: $3)
    }
  }
}
