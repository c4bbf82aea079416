internal import CMachine
import Foundation

/// Vector units that Swift code is compiled for, and how a portable installation uses those of the
/// machine it finds itself on.
///
/// Swift compiles a program for one kind of vector unit. A portable installation is therefore the same
/// program up to three times, side by side: `mmaudio` for any x86-64, `mmaudio.x86-64-v3` for AVX2,
/// `mmaudio.x86-64-v4` for AVX-512. The first hands over to the best of the others that the machine can
/// run; where they are missing it does the work itself, with BLAS, which chooses at run time.
public enum VectorUnits: Int, Sendable, CaseIterable {
  /// What every processor of the architecture has.
  case baseline = 0
  /// AVX2 with fused multiply-add.
  case avx2 = 8
  /// AVX-512.
  case avx512 = 16

  /// What this program was compiled for.
  static var compiled: VectorUnits {
    VectorUnits(rawValue: Int(mmaudio_vector_lanes())) ?? .baseline
  }

  /// Name for people.
  var name: String {
    switch self {
    case .baseline: "baseline"
    case .avx2: "AVX2"
    case .avx512: "AVX-512"
    }
  }

  /// What the name of a program for these units ends in, after the level of x86-64 that has them.
  private var suffix: String {
    switch self {
    case .baseline: ""
    case .avx2: ".x86-64-v3"
    case .avx512: ".x86-64-v4"
    }
  }

  /// Processor flags without which code for these units does not run.
  private var flags: Set<Substring> {
    switch self {
    case .baseline: []
    case .avx2: ["avx2", "fma", "bmi1", "bmi2", "f16c", "movbe", "abm"]
    case .avx512:
      VectorUnits.avx2.flags.union(["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"])
    }
  }

  /// Starts the twin of this program that is compiled for better vector units, if there is one and the
  /// machine has them; returns otherwise, and if starting it fails.
  public static func startBetterTwin() {
    let twin = twin(of: Program.path, compiled, processorFlags: Machine.processorFlags) {
      access($0, X_OK) == 0
    }
    if let twin { Program.restart(as: twin) }
  }

  /// The name of better units that the processor has and this program was not compiled for; nil if there
  /// are none.
  public static var unused: String? {
    allCases.last {
      $0.rawValue > compiled.rawValue && Machine.processorFlags.isSuperset(of: $0.flags)
    }?.name
  }

  /// The best program beside `program` that a processor with these flags runs, if it is better.
  static func twin(
    of program: String, _ compiled: VectorUnits, processorFlags: Set<Substring>,
    exists: (String) -> Bool
  ) -> String? {
    allCases.reversed().filter {
      $0.rawValue > compiled.rawValue && processorFlags.isSuperset(of: $0.flags)
    }.map { program + $0.suffix }.first(where: exists)
  }
}
