// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "mmaudio",
  products: [
    .executable(name: "mmaudio", targets: ["MMAudioCLI"]),
    .library(name: "MMAudio", targets: ["MMAudio"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CFFmpeg",
      pkgConfig: "libavfilter libavformat libavcodec libswresample libswscale libavutil",
      providers: [
        .apt([
          "libavfilter-dev", "libavformat-dev", "libavcodec-dev", "libswresample-dev",
          "libswscale-dev",
          "libavutil-dev",
        ])
      ]),
    .systemLibrary(
      name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),

    .target(name: "CMachine"),
    .target(
      name: "MMAudioKernels", dependencies: ["COpenBLAS", "CMachine"],
      // Kernels are 20 times slower unoptimised; with this, plain `swift test` stays usable.
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    .target(name: "MMAudioMedia", dependencies: ["CFFmpeg", "CSndfile"]),
    .target(name: "CLIPMerges", path: "Models/clip_bpe", exclude: ["LICENSE"]),
    .target(name: "MMAudio", dependencies: ["CLIPMerges", "MMAudioKernels", "MMAudioMedia"]),
    .target(
      name: "MMAudioReport", dependencies: ["MMAudioMedia"],
      swiftSettings: [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    .executableTarget(
      name: "MMAudioCLI",
      dependencies: [
        "MMAudio", "MMAudioKernels", "MMAudioMedia", "MMAudioReport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(
      name: "MMAudioTestSupport", dependencies: ["MMAudio", "MMAudioKernels"],
      path: "Tests/MMAudioTestSupport", resources: [.copy("Fixtures")]),
    .testTarget(
      name: "MMAudioKernelsTests", dependencies: ["MMAudioKernels", "MMAudioTestSupport"]),
    .testTarget(
      name: "MMAudioMediaTests", dependencies: ["CFFmpeg", "MMAudioMedia"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "MMAudioTests", dependencies: ["MMAudio", "MMAudioTestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "MMAudioReportTests",
      dependencies: ["MMAudio", "MMAudioMedia", "MMAudioReport", "MMAudioTestSupport"]),
    .testTarget(
      name: "MMAudioCLITests",
      dependencies: [
        "MMAudio", "MMAudioCLI", "MMAudioMedia", "MMAudioReport", "MMAudioTestSupport",
      ],
      resources: [.copy("Fixtures")]),
  ],
  swiftLanguageModes: [.v6]
)

// Scripts/test_kernels.sh builds for several kinds of machine, and needs nothing else for it.
if Context.environment["MMAUDIO_KERNELS_ONLY"] != nil {
  package.products = []
  package.targets.removeAll { target in
    ["MMAudioReport", "MMAudioCLI"].contains(target.name)
      || target.type == .test && target.name != "MMAudioKernelsTests"
  }
}
