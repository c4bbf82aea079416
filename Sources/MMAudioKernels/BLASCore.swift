internal import COpenBLAS
import Foundation

/// Which of its kernel sets OpenBLAS runs, and a remedy where it picked a wrong one.
///
/// OpenBLAS chooses when it is loaded, from a list of processors as old as its release. On a later
/// one it falls back to SSE3, at a fifth of the speed, although it has kernels that would run: Debian
/// 12's 0.3.21 does so on Emerald Rapids. Only the environment can tell it otherwise, and only before
/// the program starts.
public enum BLASCore {
  /// Name of the kernel set in use, such as `Haswell`.
  public static var name: String { String(cString: openblas_get_corename()) }

  /// Starts this program again with the right kernels if OpenBLAS took the processor for an old one.
  ///
  /// Returns if all is well, if the user has set `OPENBLAS_CORETYPE`, or if starting again fails;
  /// the last is only slow, not wrong.
  public static func restartIfMisdetected() {
    guard getenv("OPENBLAS_CORETYPE") == nil,
      let core = replacement(for: name, processorFlags: Machine.processorFlags)
    else { return }
    setenv("OPENBLAS_CORETYPE", core, 1)
    Program.restart(as: Program.path)
    unsetenv("OPENBLAS_CORETYPE")
  }

  /// The kernel set to use instead of `core`, or nil if that suits a processor with these flags.
  static func replacement(for core: String, processorFlags flags: Set<Substring>) -> String? {
    guard flags.isSuperset(of: ["avx2", "fma"]), outdated.contains(core) else { return nil }
    let wide: Set<Substring> = ["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"]
    return flags.isSuperset(of: wide) ? "SkylakeX" : "Haswell"
  }

  /// x86-64 kernel sets that do not use AVX2.
  private static let outdated: Set<String> = [
    "Generic", "Prescott", "Core2", "Atom", "Penryn", "Dunnington", "Nehalem", "Sandybridge",
    "Athlon", "Opteron", "Opteron_SSE3", "Barcelona", "Bobcat", "Bulldozer", "Piledriver",
    "Steamroller", "Nano",
  ]
}
