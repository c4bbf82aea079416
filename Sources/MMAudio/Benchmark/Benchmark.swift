import MMAudioKernels

/// Times the stages of a run against the pace of the machine's matrix product.
public struct Benchmark {
  /// The stages that are timed, in the order of a run; reading the video is not one.
  public enum Stage: String, Sendable, CaseIterable, Encodable {
    /// CLIP's text tower on prompt and negative prompt.
    case encodeText = "encode-text"
    /// CLIP's image tower.
    case encodeFrames = "encode-frames"
    /// Synchformer.
    case encodeMotion = "encode-motion"
    /// Euler steps, both passes of guidance in each.
    case sample
    /// The VAE's decoder.
    case decode
    /// BigVGAN.
    case vocode
  }

  /// What to time.
  public struct Options: Sendable {
    /// Which flow network, VAE and vocoder.
    public var variant: ModelVariant
    /// Which stages, in this order.
    public var stages = Stage.allCases
    /// Seconds of sound.
    public var seconds = 8.0
    /// Euler steps that are run; a run is taken to have the usual 25.
    public var steps = 4
    /// Rows and columns of the matrices whose product sets the pace.
    var productSize = 3072
    /// Seconds of a stage below which the median of three runs counts.
    var longEnough = 5.0

    /// All stages of 8 seconds.
    public init(variant: ModelVariant) { self.variant = variant }
  }

  private let models: ModelFolder
  private let options: Options

  /// A benchmark on the networks in a folder, and on synthetic ones where that has none.
  public init(models: ModelFolder, options: Options) {
    self.models = models
    self.options = options
  }

  /// Runs the benchmark.
  ///
  /// - Parameter willTime: called before each stage
  /// - Returns: times of all stages
  /// - Throws: `RequestError` for impossible options, or what a stage or writing to the temporary
  ///   folder throws
  public func callAsFunction(_ willTime: (Stage) -> Void) throws -> BenchmarkReport {
    var request = GenerationRequest()
    request.seconds = options.seconds
    request.steps = options.steps
    try request.validate()
    let synthetic = try SyntheticModels()
    var rate = productRate()
    var measurements: [BenchmarkReport.Measurement] = []
    for stage in options.stages {
      willTime(stage)
      measurements.append(try measure(stage, synthetic))
    }
    // Again, because other work on the machine may have held up the first.
    rate = max(rate, productRate())
    return BenchmarkReport(options, productRate: rate, measurements)
  }

  private func measure(
    _ stage: Stage, _ synthetic: SyntheticModels
  ) throws -> BenchmarkReport.Measurement {
    let trial = StageTrial(stage, options)
    let isSynthetic = !models.contains(trial.file)
    // The nano model has no published sizes to make up a network in.
    if isSynthetic, options.variant == .nano { throw models.missing([trial.file]) }
    if isSynthetic { try synthetic.make(trial.file, variant: options.variant) }
    defer { if isSynthetic { synthetic.remove(trial.file) } }
    var folder = isSynthetic ? synthetic.folder : models
    folder.lowMemory = models.lowMemory
    let memory = PeakMemory()
    var timelines = [try timeline(trial, folder)]
    if timelines[0].seconds(for: trial.timed) < options.longEnough {
      for _ in 0..<2 { timelines.append(try timeline(trial, folder)) }
    }
    return BenchmarkReport.Measurement(
      stage: stage, isSynthetic: isSynthetic, unit: trial.unit, timed: trial.timed,
      total: trial.total, loading: median(timelines.map(\.loading)),
      seconds: median(timelines.map { $0.seconds(for: trial.total) }),
      operations: trial.work(try DirectWork(try trial.file.open(in: folder))),
      peakMemory: memory.bytes)
  }

  private func timeline(_ trial: StageTrial, _ folder: ModelFolder) throws -> Timeline {
    var timeline = Timeline()
    let clock = ContinuousClock()
    let start = clock.now
    try withoutActuallyEscaping({ (progress: StageProgress) in
      timeline.mark(progress.done, at: (clock.now - start) / .seconds(1))
    }) { mark in try trial.run(Stages(models: folder, progress: mark)) }
    return timeline
  }

  /// Operations a second of a large square matrix product on all threads, the best of five.
  private func productRate() -> Double {
    let size = options.productSize
    var random = TorchRandom(seed: 0)
    let (a, b) = (random.normal([size, size]), random.normal([size, size]))
    let clock = ContinuousClock()
    let seconds = (0..<5).map { _ in clock.measure { _ = matrixProduct(a, b) } / .seconds(1) }
    return 2 * Double(size * size) * Double(size) / (seconds.min() ?? .infinity)
  }
}
