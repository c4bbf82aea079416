import Foundation
import MMAudioKernels

/// What a benchmark found, for eyes and for programs.
public struct BenchmarkReport: Sendable, Encodable {
  /// One stage's part of the report.
  struct Row: Sendable, Encodable {
    let stage: Benchmark.Stage
    /// Whether its weights were made up.
    let synthetic: Bool
    let unit: String
    let unitsTimed: Int
    let units: Int
    let loadSeconds: Double
    /// Of all units, without loading.
    let seconds: Double
    let gflop: Double
    let gflopPerSecond: Double
    let ratioToPeak: Double
    let peakMemoryMB: Double?
    /// Of the time of all rows, loading included.
    let share: Double
  }

  /// What was measured of one stage.
  struct Measurement {
    let stage: Benchmark.Stage
    let isSynthetic: Bool
    let unit: String
    let timed: Int
    let total: Int
    let loading: Double
    let seconds: Double
    let operations: Double
    let peakMemory: Int?
  }

  let variant: String
  let duration: Double
  let threads: Int
  let vectorUnits: String
  let blasCore: String
  let peakGflopPerSecond: Double
  let rows: [Row]
  let totalSeconds: Double

  init(_ options: Benchmark.Options, productRate: Double, _ measurements: [Measurement]) {
    variant = options.variant.name
    duration = options.seconds
    threads = threadCount
    vectorUnits = Machine.vectorUnits
    blasCore = BLASCore.name
    let peak = productRate / 1e9
    peakGflopPerSecond = peak
    let total = measurements.reduce(0) { $0 + $1.loading + $1.seconds }
    totalSeconds = total
    rows = measurements.map { measurement in
      let rate = measurement.operations / 1e9 / measurement.seconds
      return Row(
        stage: measurement.stage, synthetic: measurement.isSynthetic, unit: measurement.unit,
        unitsTimed: measurement.timed, units: measurement.total, loadSeconds: measurement.loading,
        seconds: measurement.seconds, gflop: measurement.operations / 1e9, gflopPerSecond: rate,
        ratioToPeak: rate / peak, peakMemoryMB: measurement.peakMemory.map { Double($0) / 1e6 },
        share: (measurement.loading + measurement.seconds) / total)
    }
  }

  /// One JSON object on one line, keys in alphabetical order.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// A table of at most 80 columns, and what there is to know about it.
  public var table: String {
    var lines = [
      "\(variant), \(String(format: "%.2f", duration)) s from a video",
      Machine.description,
      String(format: "sgemm peak %.1f GFLOP/s", peakGflopPerSecond), "",
      Self.line("stage", ["load s", "run s", "GFLOP", "GFLOP/s", "of peak", "peak MB", "share"]),
    ]
    for row in rows {
      lines.append(
        Self.line(
          row.stage.rawValue + (row.synthetic ? "*" : ""),
          [
            String(format: "%.2f", row.loadSeconds),
            (row.unitsTimed < row.units ? "~" : "") + String(format: "%.2f", row.seconds),
            String(format: "%.1f", row.gflop), String(format: "%.1f", row.gflopPerSecond),
            String(format: "%.2f", row.ratioToPeak),
            row.peakMemoryMB.map { String(format: "%.0f", $0) } ?? "-",
            String(format: "%.1f%%", 100 * row.share),
          ]))
    }
    if rows.count > 1 { lines.append(totals) }
    return (lines + notes).joined(separator: "\n")
  }

  private var totals: String {
    let (seconds, work) = rows.reduce((0, 0)) { ($0.0 + $1.seconds, $0.1 + $1.gflop) }
    let memory = rows.compactMap(\.peakMemoryMB).max()
    return Self.line(
      "all",
      [
        String(format: "%.2f", rows.reduce(0) { $0 + $1.loadSeconds }),
        (rows.contains { $0.unitsTimed < $0.units } ? "~" : "") + String(format: "%.2f", seconds),
        String(format: "%.1f", work), String(format: "%.1f", work / seconds),
        String(format: "%.2f", work / seconds / peakGflopPerSecond),
        memory.map { String(format: "%.0f", $0) } ?? "-", "100.0%",
      ])
  }

  private var notes: [String] {
    let scaled = rows.filter { $0.unitsTimed < $0.units }
      .map { "\($0.unitsTimed) of \($0.units) \($0.unit)" }
    return [
      "", "GFLOP are those of the direct algorithm; a rate beyond the peak is work saved.",
      rows.contains(where: \.synthetic) ? "* Synthetic weights of the published sizes." : nil,
      scaled.isEmpty ? nil : "~ Scaled up from \(scaled.joined(separator: ", ")).",
    ].compactMap { $0 }
  }

  private static let widths = [8, 10, 10, 9, 9, 9, 8]

  private static func line(_ name: String, _ cells: [String]) -> String {
    zip(cells, widths).reduce(name.padding(toLength: 15, withPad: " ", startingAt: 0)) {
      let (line, (cell, width)) = ($0, $1)
      return line + String(repeating: " ", count: max(1, width - cell.count)) + cell
    }
  }
}
