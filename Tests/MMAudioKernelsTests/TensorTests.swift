import Testing

@testable import MMAudioKernels

@Suite struct TensorTests {
  @Test("rows of the outermost axis share the values of their parent")
  func slices() {
    let tensor = Tensor([3, 2], [0, 1, 2, 3, 4, 5])
    #expect(tensor[1..<3].values == [2, 3, 4, 5])
    #expect(tensor[1..<3].shape == [2, 2])
    #expect(tensor[1..<3][1..<2].reshaped([2]).values == [4, 5])
  }

  @Test("a table is added to every block of as many rows, the last of which may be cut short")
  func repeated() {
    let sum = addingRepeated(Tensor([5, 1], [0, 10, 20, 30, 40]), Tensor([2, 1], [1, 2]))
    #expect(sum.values == [1, 12, 21, 32, 41])
  }

  @Test("every index is visited exactly once", arguments: [0, 1, 2, 7, 250])
  func parallelForVisitsAll(count: Int) {
    let visits = Tensor([count]) { memory in
      memory.update(repeating: 0, count: count)
      nonisolated(unsafe) let memory = memory
      parallelFor(count) { memory[$0] += 1 }
    }
    #expect(visits.values == Array(repeating: 1, count: count))
  }
}
