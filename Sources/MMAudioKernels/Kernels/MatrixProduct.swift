internal import COpenBLAS

/// Parallelism lives in `parallelFor` alone, which calls BLAS from every thread: OpenBLAS's own
/// threads would fight with ours.
private let blasIsSingleThreaded: Bool = {
  openblas_set_num_threads(1)
  return true
}()

/// Whether the second operand of a product is stored `[columns, inner]` or `[inner, columns]`.
enum RightOperand {
  case rowsAreColumns
  case asIs
}

/// A matrix in memory: rows of values, `stride` apart.
struct MatrixView {
  let start: UnsafePointer<Float>
  let stride: Int
}

/// `C = scale · A · B + keep · C` on the calling thread, all matrices row-major.
///
/// - Parameters:
///   - rows: rows of A and C
///   - columns: columns of B and C
///   - inner: columns of A and rows of B
///   - scale: factor of the product
///   - a: `[rows, inner]`
///   - b: `[columns, inner]` or `[inner, columns]`
///   - orientation: which of the two b is
///   - keep: factor of what C held before; 0 overwrites it
///   - c: `[rows, columns]`
///   - stride: distance between rows of C
@inline(__always)
func product(
  rows: Int, columns: Int, inner: Int, scale: Float = 1, _ a: MatrixView, _ b: MatrixView,
  _ orientation: RightOperand, keep: Float, _ c: UnsafeMutablePointer<Float>, stride: Int
) {
  precondition(blasIsSingleThreaded)
  guard rows > 0, columns > 0 else { return }
  cblas_sgemm(
    CblasRowMajor, CblasNoTrans, orientation == .rowsAreColumns ? CblasTrans : CblasNoTrans,
    CInt(rows), CInt(columns), CInt(inner), scale, a.start, CInt(a.stride), b.start,
    CInt(b.stride), keep, c, CInt(stride))
}
