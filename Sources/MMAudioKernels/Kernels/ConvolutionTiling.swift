/// How the steps of a convolution become rows of its products, and its outputs blocks of columns.
///
/// With dilation d every d-th step belongs together: a batch item is d sequences without dilation. A
/// tile is `filter.outputs` steps of a sequence and one row; a sequence has `groups - 1` rows more,
/// which only serve as later groups' inputs.
struct ConvolutionTiling {
  let time: Int
  let inputs: Int
  let columns: Int
  /// Steps of output.
  let length: Int
  let dilation: Int
  /// Zeros in front of the input; less than none skips steps of it.
  let padding: Int
  let outputs: Int
  let products: Int
  let groups: Int
  let tilesPerSequence: Int
  let rowsPerSequence: Int
  /// Rows that are multiplied.
  let rows: Int
  /// Parts of the rows whose transformed input, one product of it, stays in a core's cache.
  let chunks: Int
  /// Distance between transformed rows.
  let rowStride: Int
  /// Blocks of columns that the microkernel multiplies with at once.
  let blocks: Int
  /// Blocks whose products are made together, so that the transformed input is read less often.
  let blocksPerGroup: Int
  /// Values that are summed over at a time, so that a block's weights stay in a core's cache.
  let innerStep: Int

  /// - Parameters:
  ///   - batch: items, each a sequence of its own
  ///   - time: steps of input
  ///   - weights: the convolution
  ///   - steps: which steps of output, counted from the first step of input
  init(batch: Int, time: Int, _ weights: ConvolutionWeights, steps: Range<Int>) {
    self.time = time
    inputs = weights.inputs
    columns = weights.outputs
    groups = weights.groups
    length = steps.count
    dilation = weights.dilation
    padding = weights.padding - steps.lowerBound
    outputs = weights.filter.outputs
    products = weights.filter.products
    let longest = (length + dilation - 1) / dilation
    tilesPerSequence = (longest + outputs - 1) / outputs
    rowsPerSequence = tilesPerSequence + weights.groups - 1
    rows = batch * dilation * rowsPerSequence - (weights.groups - 1)
    let parts = (rows + Self.rowsPerChunk(weights.inputs) - 1) / Self.rowsPerChunk(weights.inputs)
    // As many for each thread.
    chunks = parts == 1 ? 1 : (parts + threadCount - 1) / threadCount * threadCount
    // Rows a power of two apart would push each other out of the cache. Groups' rows overlap.
    rowStride = weights.inputs + (groups == 1 && weights.inputs.isMultiple(of: 512) ? 16 : 0)
    blocks = (columns + PanelProduct.width - 1) / PanelProduct.width
    let innerParts = (weights.inner + Self.longestInner - 1) / Self.longestInner
    innerStep = (weights.inner + innerParts - 1) / innerParts
    let blockSize = weights.panels.taps * min(weights.inputs, innerStep) * PanelProduct.width
    blocksPerGroup = max(1, min(256 / PanelProduct.width, Self.weightsPerGroup / blockSize))
  }

  private static func rowsPerChunk(_ inputs: Int) -> Int { max(42, min(252, 262_144 / inputs)) }

  /// Rows of a chunk: whole tiles of the microkernel but for the last.
  func rows(ofChunk chunk: Int) -> Range<Int> {
    let height = PanelProduct.tileHeight
    let tiles = share(chunk, of: chunks, total: (rows + height - 1) / height)
    return min(rows, tiles.lowerBound * height)..<min(rows, tiles.upperBound * height)
  }

  private static let longestInner = 1280
  /// Weights that stay in a core's cache while they are read once for every product.
  private static let weightsPerGroup = 100_000

  /// Where a row is: batch item, first step's remainder, and tile.
  struct Place {
    var item: Int
    var remainder: Int
    var tile: Int
  }

  func place(_ row: Int) -> Place {
    let (sequence, tile) = (row / rowsPerSequence, row % rowsPerSequence)
    return Place(item: sequence / dilation, remainder: sequence % dilation, tile: tile)
  }

  /// Goes on to the next row.
  @inline(__always)
  func advance(_ place: inout Place) {
    place.tile += 1
    guard place.tile == rowsPerSequence else { return }
    (place.tile, place.remainder) = (0, place.remainder + 1)
    guard place.remainder == dilation else { return }
    (place.remainder, place.item) = (0, place.item + 1)
  }
}
