import Foundation
import Testing

@testable import MMAudioMedia

@Suite struct FourierTransformTests {
  @Test("magnitudes are those of the definition", arguments: [2, 8, 512])
  func definition(_ size: Int) {
    let block = (0..<size - 1).map { Float(sin(Double($0 * $0) * 0.37)) }
    let found = FourierTransform(size: size).magnitudes(of: block)
    #expect(found.count == size / 2 + 1)
    for (bin, magnitude) in found.enumerated() {
      var (real, imaginary) = (0.0, 0.0)
      for (index, sample) in block.enumerated() {
        let angle = 2 * Double.pi * Double(bin * index % size) / Double(size)
        real += Double(sample) * cos(angle)
        imaginary -= Double(sample) * sin(angle)
      }
      let expected = (real * real + imaginary * imaginary).squareRoot()
      #expect(abs(Double(magnitude) - expected) < 1e-4, "bin \(bin) of \(size)")
    }
  }
}
