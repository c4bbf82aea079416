/// Weights of a linear layer or convolution in the order in which products read them.
///
/// The outputs are cut into panels of 16. A panel is `[taps, inputs, 16]`, the last one
/// `[taps, inputs, outputs % 16]` if that is not 0: panel after panel, a product reads one stream, and a
/// model file that is laid out like this is used where it is mapped, whatever the width of the machine's
/// vectors. The values may be stored in half precision; they are widened panel by panel.
public struct PanelWeights: Sendable {
  /// Outputs of a panel.
  public static let width = 16

  let outputs: Int
  let inputs: Int
  let taps: Int
  private let type: ElementType
  // Safe to share: nobody writes the memory, and the owner keeps it.
  private nonisolated(unsafe) let memory: UnsafeRawPointer
  private let owner: AnyObject & Sendable
  /// Called when a product has read all weights that it wanted; nobody is then reading them for it.
  let afterUse: (@Sendable () -> Void)?

  /// Weights over memory that somebody else owns.
  ///
  /// - Parameters:
  ///   - outputs: output channels
  ///   - inputs: input channels
  ///   - taps: taps of the convolution, 1 for a linear layer
  ///   - type: how values are stored: `f32`, `f16` or `bf16`
  ///   - memory: all panels, written by nobody while the weights live
  ///   - owner: kept alive for as long as the weights
  ///   - afterUse: called after every product, for an owner that lets memory go between uses
  public init(
    outputs: Int, inputs: Int, taps: Int, _ type: ElementType,
    borrowing memory: UnsafeRawPointer, from owner: AnyObject & Sendable,
    afterUse: (@Sendable () -> Void)? = nil
  ) {
    precondition([.f32, .f16, .bf16].contains(type), "PanelWeights: stored as \(type)")
    self.outputs = outputs
    self.inputs = inputs
    self.taps = taps
    self.type = type
    self.memory = memory
    self.owner = owner
    self.afterUse = afterUse
  }

  /// Number of panels; the last may be narrower.
  var panels: Int { (outputs + Self.width - 1) / Self.width }

  /// Bytes of one tap of one full panel.
  private func tapBytes(_ width: Int) -> Int { inputs * width * type.byteCount }

  /// A block of full panels as it lies in memory, for a product that picks a tap and needs no widening.
  ///
  /// - Parameters:
  ///   - index: which block
  ///   - tap: the tap that is picked of every group
  ///   - filter: whose groups they are
  ///   - range: rows, as for `expand`
  /// - Returns: nil if the rows are not one after another, or not as wide as the block, or not floats
  func block(
    _ index: Int, tap: Int, _ filter: MinimalFilter, _ range: Range<Int>
  ) -> PanelProduct.Block? {
    let panels = PanelProduct.width / Self.width
    let (group, first) = (range.lowerBound / inputs, range.lowerBound % inputs)
    guard type == .f32, panels <= 2, (index + 1) * PanelProduct.width <= outputs,
      filter.taps == 1 || first + range.count <= inputs
    else { return nil }
    // Safe: the panels are within the outputs, and mapped files begin at multiples of 4 bytes.
    let start =
      (memory + index * panels * taps * tapBytes(Self.width))
      .assumingMemoryBound(to: Float.self)
      + ((group * filter.taps + tap) * inputs + first) * Self.width
    return PanelProduct.Block(
      left: start, right: start + (panels == 2 ? taps * inputs * Self.width : Self.width / 2),
      stride: Self.width)
  }

  /// Where the weights of some blocks lie, one after another.
  func bytes(ofBlocks blocks: Range<Int>) -> (start: UnsafeRawPointer, count: Int) {
    let columns = min(outputs, blocks.lowerBound * PanelProduct.width)
    let end = min(outputs, blocks.upperBound * PanelProduct.width)
    let size = taps * inputs * type.byteCount
    return (memory + columns * size, (end - columns) * size)
  }

  /// Transforms one panel's filters for a run of products and widens them on the way.
  ///
  /// Row `group · inputs + input` of a result is `Σ G[product, q] w[tap, input]`, the sum over the
  /// group's taps `group · filter.taps + q`; a panel past the last gives zeros, and columns past the last
  /// output anything finite.
  ///
  /// - Parameters:
  ///   - panel: which panel
  ///   - run: which of the filter's runs of products
  ///   - filter: how taps become products
  ///   - range: rows of the result that are wanted
  ///   - out: `[run.count, range.count, 16]`
  ///   - stride: distance between rows
  ///   - distance: distance between products
  func expand(
    panel: Int, _ run: Range<Int>, _ filter: MinimalFilter, _ range: Range<Int>,
    into out: UnsafeMutablePointer<Float>, stride: Int, distance: Int
  ) {
    guard panel < panels else {
      for product in 0..<run.count { clear(range.count, out + product * distance, stride) }
      return
    }
    let target = Expanded(out: out, stride: stride, distance: distance)
    switch type {
    case .f16: expand(HalfLanes.self, panel, run, filter, range, target)
    case .bf16: expand(BrainFloatLanes.self, panel, run, filter, range, target)
    default: expand(SingleLanes.self, panel, run, filter, range, target)
    }
  }

  private func clear(_ rows: Int, _ out: UnsafeMutablePointer<Float>, _ stride: Int) {
    for row in 0..<rows { (out + row * stride).update(repeating: 0, count: Self.width) }
  }

  @inline(__always)
  private func expand<Lanes: StoredLanes>(
    _: Lanes.Type, _ panel: Int, _ run: Range<Int>, _ filter: MinimalFilter, _ range: Range<Int>,
    _ target: Expanded
  ) {
    let width = min(Self.width, outputs - panel * Self.width)
    let start = memory + panel * taps * tapBytes(Self.width)
    var row = range.lowerBound
    while row < range.upperBound {
      let (group, first) = (row / inputs, row % inputs)
      let count = min(inputs - first, range.upperBound - row)
      let firstTap = group * filter.taps
      let rows = StoredRows<Lanes>(
        start: start + firstTap * tapBytes(width) + first * width * Lanes.byteCount,
        end: start + taps * tapBytes(width), tapBytes: tapBytes(width), width: width)
      let target = target.advanced(by: row - range.lowerBound)
      if let tap = filter.picks[run.lowerBound] {
        rows.copy(tap, count, target)
      } else {
        filter.filterTransform.withValues {
          combine(rows, min(filter.taps, taps - firstTap), $0, run, filter, count, target)
        }
      }
      row += count
    }
  }

  /// Sums of a group's taps, of which there are three or four but in the last group.
  @inline(__always)
  private func combine<Lanes: StoredLanes>(
    _ rows: StoredRows<Lanes>, _ groupTaps: Int, _ transform: UnsafePointer<Float>,
    _ run: Range<Int>, _ filter: MinimalFilter, _ count: Int, _ target: Expanded
  ) {
    let first = transform + run.lowerBound * filter.taps
    // A run of one is done twice over.
    let second = transform + (run.upperBound - 1) * filter.taps
    let target = run.count == 2 ? target : target.withoutDistance
    func coefficients<let taps: Int>() -> InlineArray<taps, SIMD2<Float>> {
      .init { SIMD2(first[$0], second[$0]) }
    }
    switch groupTaps {
    case 1: rows.combine(coefficients() as InlineArray<1, _>, count, target)
    case 2: rows.combine(coefficients() as InlineArray<2, _>, count, target)
    case 3: rows.combine(coefficients() as InlineArray<3, _>, count, target)
    default: rows.combine(coefficients() as InlineArray<4, _>, count, target)
    }
  }
}

/// Where transformed weights go.
private struct Expanded {
  let out: UnsafeMutablePointer<Float>
  /// Distance between rows.
  let stride: Int
  /// Distance between products.
  let distance: Int

  /// The place of a later row.
  func advanced(by rows: Int) -> Expanded {
    Expanded(out: out + rows * stride, stride: stride, distance: distance)
  }

  /// The same for one product.
  var withoutDistance: Expanded { Expanded(out: out, stride: stride, distance: 0) }
}

extension PanelWeights {
  /// Lays out weights in PyTorch's order, in memory of their own.
  ///
  /// - Parameter weight: `[outputs, inputs, taps]`, or `[outputs, inputs]` for one tap
  public init(_ weight: Tensor) {
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let taps = weight.shape.count > 2 ? weight.shape[2] : 1
    let owner = OwnedPanels(outputs * inputs * taps)
    weight.withValues {
      packPanels($0, outputs: outputs, inputs: inputs, taps: taps, into: owner.memory)
    }
    self.init(
      outputs: outputs, inputs: inputs, taps: taps, .f32, borrowing: owner.memory, from: owner)
  }
}

/// Panels that no file holds.
private final class OwnedPanels: @unchecked Sendable {
  // Safe to share: written before anyone else sees it.
  let memory: UnsafeMutablePointer<Float>

  init(_ count: Int) { memory = .allocate(capacity: max(1, count)) }
  deinit { memory.deallocate() }
}

/// Brings weights into the order of `PanelWeights`; as many values go in as come out.
///
/// - Parameters:
///   - weight: `[outputs, inputs, taps]`
///   - outputs: a multiple of 16 unless the last output is among them
///   - inputs: input channels
///   - taps: taps of the convolution
///   - panels: where they go
public func packPanels(
  _ weight: UnsafePointer<Float>, outputs: Int, inputs: Int, taps: Int,
  into panels: UnsafeMutablePointer<Float>
) {
  let size = inputs * taps  // of one output
  parallelFor((outputs + PanelWeights.width - 1) / PanelWeights.width) { panel in
    let first = panel * PanelWeights.width
    let width = min(PanelWeights.width, outputs - first)
    let (source, target) = (weight + first * size, panels + first * size)
    for tap in 0..<taps {
      for input in 0..<inputs {
        let row = target + (tap * inputs + input) * width
        for lane in 0..<width { row[lane] = source[lane * size + input * taps + tap] }
      }
    }
  }
}

/// Rows of a panel's taps as they are stored.
private struct StoredRows<Lanes: StoredLanes> {
  /// Row 0 of the first tap.
  let start: UnsafeRawPointer
  /// End of the panel.
  let end: UnsafeRawPointer
  /// Distance between taps.
  let tapBytes: Int
  /// Values in a row.
  let width: Int

  /// The rows of one tap.
  @inline(__always)
  func copy(_ tap: Int, _ count: Int, _ target: Expanded) {
    let whole = wholeRows(tap, count)
    for row in 0..<whole { store(full(tap, row), target.out + row &* target.stride) }
    for row in whole..<count { store(narrow(tap, row), target.out + row * target.stride) }
  }

  /// `Σ coefficients[tap] · row of the tap`, for two products at once.
  @inline(__always)
  func combine<let taps: Int>(
    _ coefficients: InlineArray<taps, SIMD2<Float>>, _ count: Int, _ target: Expanded
  ) {
    let whole = wholeRows(taps - 1, count)
    for row in 0..<whole {
      combine(coefficients, .init { full($0, row) }, target.out + row &* target.stride, target)
    }
    for row in whole..<count {
      combine(coefficients, .init { narrow($0, row) }, target.out + row * target.stride, target)
    }
  }

  @inline(__always)
  private func combine<let taps: Int>(
    _ coefficients: InlineArray<taps, SIMD2<Float>>, _ values: InlineArray<taps, SIMD16<Float>>,
    _ out: UnsafeMutablePointer<Float>, _ target: Expanded
  ) {
    var first = values[unchecked: 0] * SIMD16(repeating: coefficients[unchecked: 0].x)
    var second = values[unchecked: 0] * SIMD16(repeating: coefficients[unchecked: 0].y)
    for tap in 1..<taps {
      let (pair, value) = (coefficients[unchecked: tap], values[unchecked: tap])
      first = multiplyAdd(SIMD16(repeating: pair.x), value, first)
      second = multiplyAdd(SIMD16(repeating: pair.y), value, second)
    }
    store(first, out)
    store(second, out + target.distance)
  }

  /// Rows of which sixteen values can be read, of a tap and those before it: narrow ones with the
  /// beginning of what comes next.
  private func wholeRows(_ tap: Int, _ count: Int) -> Int {
    let room = end - start - tap * tapBytes - PanelWeights.width * Lanes.byteCount
    return max(0, min(count, room / (width * Lanes.byteCount) + (room < 0 ? 0 : 1)))
  }

  @inline(__always)
  private func full(_ tap: Int, _ row: Int) -> SIMD16<Float> {
    Lanes.load(start + tap &* tapBytes + row &* width &* Lanes.byteCount)
  }

  private func narrow(_ tap: Int, _ row: Int) -> SIMD16<Float> {
    var values = SIMD16<Float>()
    let source = start + tap * tapBytes + row * width * Lanes.byteCount
    for lane in 0..<width { values[lane] = Lanes.load1(source + lane * Lanes.byteCount) }
    return values
  }

  @inline(__always)
  private func store(_ values: SIMD16<Float>, _ memory: UnsafeMutablePointer<Float>) {
    store16(values, memory, count: 16)
  }
}
