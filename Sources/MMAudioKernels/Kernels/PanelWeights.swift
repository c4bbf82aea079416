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

  private typealias Coefficients<let taps: Int> = InlineArray<taps, Float>

  /// Bytes of one tap of one full panel.
  private func tapBytes(_ width: Int) -> Int { inputs * width * type.byteCount }

  /// A block of full panels as it lies in memory, if it needs neither transform nor widening.
  func block(_ index: Int, _ range: Range<Int>) -> PanelProduct.Block? {
    let panels = PanelProduct.width / Self.width
    guard taps == 1, type == .f32, panels <= 2, (index + 1) * PanelProduct.width <= outputs else {
      return nil
    }
    // Safe: the panels are within the outputs, and mapped files begin at multiples of 4 bytes.
    let start =
      (memory + index * panels * tapBytes(Self.width))
      .assumingMemoryBound(to: Float.self) + range.lowerBound * Self.width
    return PanelProduct.Block(
      left: start, right: start + (panels == 2 ? inputs * Self.width : Self.width / 2),
      stride: Self.width)
  }

  /// Where the weights of some blocks lie, one after another.
  func bytes(ofBlocks blocks: Range<Int>) -> (start: UnsafeRawPointer, count: Int) {
    let columns = min(outputs, blocks.lowerBound * PanelProduct.width)
    let end = min(outputs, blocks.upperBound * PanelProduct.width)
    let size = taps * inputs * type.byteCount
    return (memory + columns * size, (end - columns) * size)
  }

  /// Transforms one panel's filters for one product and widens them on the way.
  ///
  /// Row `group · inputs + input` of the result is `Σ G[product, q] w[tap, input]`, the sum over the
  /// group's taps `group · filter.taps + q`; a panel that is narrower, or past the last, gives zeros.
  ///
  /// - Parameters:
  ///   - panel: which panel
  ///   - product: which product of the filter
  ///   - filter: how taps become products
  ///   - range: rows of the result that are wanted
  ///   - out: `[range.count, 16]`, `stride` apart
  ///   - stride: distance between rows
  func expand(
    panel: Int, product: Int, _ filter: MinimalFilter, _ range: Range<Int>,
    into out: UnsafeMutablePointer<Float>, stride: Int
  ) {
    guard panel < panels else { return clear(range.count, out, stride) }
    switch type {
    case .f16: expand(HalfLanes.self, panel, product, filter, range, out, stride)
    case .bf16: expand(BrainFloatLanes.self, panel, product, filter, range, out, stride)
    default: expand(SingleLanes.self, panel, product, filter, range, out, stride)
    }
  }

  private func clear(_ rows: Int, _ out: UnsafeMutablePointer<Float>, _ stride: Int) {
    for row in 0..<rows { (out + row * stride).update(repeating: 0, count: Self.width) }
  }

  @inline(__always)
  private func expand<Lanes: StoredLanes>(
    _: Lanes.Type, _ panel: Int, _ product: Int, _ filter: MinimalFilter, _ range: Range<Int>,
    _ out: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    let width = min(Self.width, outputs - panel * Self.width)
    let start = memory + panel * taps * tapBytes(Self.width)
    var row = range.lowerBound
    while row < range.upperBound {
      let (group, first) = (row / inputs, row % inputs)
      let count = min(inputs - first, range.upperBound - row)
      let firstTap = group * filter.taps
      let source = start + firstTap * tapBytes(width) + first * width * Lanes.byteCount
      let coefficients = product * filter.taps
      let target = out + (row - range.lowerBound) * stride
      let rows = StoredRows<Lanes>(start: source, tapBytes: tapBytes(width), width: width)
      filter.filterTransform.withValues { values in
        let values = values + coefficients
        switch min(filter.taps, taps - firstTap) {
        case 1 where filter.taps == 1: rows.copy(count, target, stride)
        case 1: rows.combine(.init { values[$0] } as Coefficients<1>, count, target, stride)
        case 2: rows.combine(.init { values[$0] } as Coefficients<2>, count, target, stride)
        case 3: rows.combine(.init { values[$0] } as Coefficients<3>, count, target, stride)
        default: rows.combine(.init { values[$0] } as Coefficients<4>, count, target, stride)
        }
      }
      row += count
    }
  }
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
  /// Distance between taps.
  let tapBytes: Int
  /// Values in a row.
  let width: Int

  /// The rows of the first tap.
  @inline(__always)
  func copy(_ count: Int, _ out: UnsafeMutablePointer<Float>, _ stride: Int) {
    guard width == PanelWeights.width else {
      for row in 0..<count { store16(narrow(0, row), out + row * stride, count: 16) }
      return
    }
    for row in 0..<count { store16(full(0, row), out + row &* stride, count: 16) }
  }

  /// `Σ coefficients[tap] · row of the tap`.
  @inline(__always)
  func combine<let taps: Int>(
    _ coefficients: InlineArray<taps, Float>, _ count: Int, _ out: UnsafeMutablePointer<Float>,
    _ stride: Int
  ) {
    guard width == PanelWeights.width else {
      for row in 0..<count {
        store16(sum(coefficients) { narrow($0, row) }, out + row * stride, count: 16)
      }
      return
    }
    for row in 0..<count {
      store16(sum(coefficients) { full($0, row) }, out + row &* stride, count: 16)
    }
  }

  @inline(__always)
  private func sum<let taps: Int>(
    _ coefficients: InlineArray<taps, Float>, _ row: (Int) -> SIMD16<Float>
  ) -> SIMD16<Float> {
    var sum = row(0) * SIMD16(repeating: coefficients[unchecked: 0])
    for tap in 1..<taps {
      sum = multiplyAdd(SIMD16(repeating: coefficients[unchecked: tap]), row(tap), sum)
    }
    return sum
  }

  @inline(__always)
  private func full(_ tap: Int, _ row: Int) -> SIMD16<Float> {
    Lanes.load(start + tap &* tapBytes + row &* PanelWeights.width &* Lanes.byteCount)
  }

  private func narrow(_ tap: Int, _ row: Int) -> SIMD16<Float> {
    var values = SIMD16<Float>()
    let source = start + tap * tapBytes + row * width * Lanes.byteCount
    for lane in 0..<width { values[lane] = Lanes.load1(source + lane * Lanes.byteCount) }
    return values
  }
}
