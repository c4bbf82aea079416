import MMAudioKernels
import Testing

@testable import MMAudio

@Suite struct DistinctRowsTests {
  @Test("equal rows are kept once, in order of appearance")
  func order() {
    let table = Tensor([5, 2], [1, 2, 3, 4, 1, 2, 5, 6, 3, 4])
    let distinct = DistinctRows(table)
    #expect(distinct.rows.values == [1, 2, 3, 4, 5, 6])
    #expect(distinct.rowOfToken == [0, 1, 0, 2, 1])
    #expect(gatherRows(distinct.rows, distinct.rowOfToken).values == table.values)
  }

  @Test("rows that differ in one bit are different")
  func exactness() {
    #expect(DistinctRows(Tensor([2, 1], [1, Float(1).nextUp])).rowOfToken == [0, 1])
  }
}
