/// Fixed-point weights of one axis of an antialiased bicubic resize.
///
/// Output `i` of `resized` is centred on `center = scale * (i + 0.5)`, `scale = size / resized`, and
/// weighs the inputs around it with Keys' cubic (a = -0.5), stretched by `scale` when shrinking:
/// `w[j] = cubic((first + j - center + 0.5) / max(scale, 1))`, normalised to sum 1. The weights are
/// then rounded to `Int16` with `precision` fractional bits, as many as the largest one allows.
/// Source: ATen `UpSampleKernel.cpp`, `_compute_index_ranges_int16_weights`, after Pillow's
/// `Resample.c`.
struct ResampleWeights {
  /// First input of each output in the crop.
  let first: [Int]
  /// How many inputs each output in the crop takes.
  let count: [Int]
  /// `[crop, taps]`, zero past `count`.
  let weights: [Int16]
  /// Row length of `weights`.
  let taps: Int
  /// Fractional bits of `weights`.
  let precision: Int32

  /// Weights of the outputs `crop` of an axis of `size` values resized to `resized`.
  init(size: Int, resized: Int, crop: Range<Int>) {
    precondition(
      size > 0 && crop.lowerBound >= 0 && crop.upperBound <= resized && !crop.isEmpty,
      "ResampleWeights: \(crop) of \(size) -> \(resized)")
    let scale = Double(size) / Double(resized)
    let support = 2 * max(scale, 1)
    let taps = Int(support.rounded(.up)) * 2 + 1
    var largest = 0.0
    var first: [Int] = []
    var count: [Int] = []
    var exact: [Double] = []
    // Outputs outside the crop count too: the largest weight of all sets the precision.
    for output in 0..<resized {
      let center = scale * (Double(output) + 0.5)
      let start = max(Int(center - support + 0.5), 0)
      let end = min(Int(center + support + 0.5), size)
      var row = (start..<max(start, end)).prefix(taps).map {
        Self.cubic((Double($0) - center + 0.5) / max(scale, 1))
      }
      let total = row.reduce(0, +)
      for index in row.indices { row[index] /= total }
      largest = max(largest, row.max() ?? 0)
      guard crop.contains(output) else { continue }
      first.append(start)
      count.append(row.count)
      exact += row + Array(repeating: 0, count: taps - row.count)
    }
    var precision = 0
    while precision < 22, Int(0.5 + largest * Double(1 << (precision + 1))) < 1 << 15 {
      precision += 1
    }
    let unit = Double(1 << precision)
    weights = exact.map { Int16($0 * unit + ($0 < 0 ? -0.5 : 0.5)) }
    self.first = first
    self.count = count
    self.taps = taps
    self.precision = Int32(precision)
  }

  /// Inputs that the crop needs.
  var span: Range<Int> {
    let end = zip(first, count).map { $0 + $1 }.max() ?? 0
    return (first.min() ?? 0)..<end
  }

  /// Keys' cubic convolution kernel with a = -0.5.
  private static func cubic(_ x: Double) -> Double {
    let a = -0.5
    let x = abs(x)
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
    return 0
  }
}
