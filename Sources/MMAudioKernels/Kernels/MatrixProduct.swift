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

/// `a bᵀ`, a large matrix product on all threads: the pace of the machine.
///
/// - Parameters:
///   - a: `[rows, inner]`
///   - b: `[columns, inner]`
/// - Returns: `[rows, columns]`
public func matrixProduct(_ a: Tensor, _ b: Tensor) -> Tensor {
  let (rows, columns, inner) = (a.shape[0], b.shape[0], a.shape[1])
  precondition(b.shape[1] == inner, "matrixProduct: \(a.shape) and \(b.shape)")
  return Tensor([rows, columns]) { out in
    a.withValues { a in
      b.withValues { b in
        parallelFor(threadCount) { part in
          let range = share(part, of: threadCount, total: rows)
          product(
            rows: range.count, columns: columns, inner: inner,
            MatrixView(start: a + range.lowerBound * inner, stride: inner),
            MatrixView(start: b, stride: inner), .rowsAreColumns, keep: 0,
            out + range.lowerBound * columns, stride: columns)
        }
      }
    }
  }
}
