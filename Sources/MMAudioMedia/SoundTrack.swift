import Foundation

/// The sound as it goes into a video: as long as the pictures, mixed, block by block.
struct SoundTrack: ~Copyable {
  private let samples: [Float]
  private let length: Int
  private let fade: Int
  private var original: OriginalSound?
  private let gain: Float
  private var position = 0
  /// How many samples have been clipped so far.
  private(set) var clippedSamples = 0

  /// - Parameters:
  ///   - samples: in [-1, 1]; cut at the end of the pictures, or followed by silence
  ///   - sampleRate: samples per second
  ///   - seconds: how long the pictures last
  ///   - original: what to add to it
  ///   - gain: decibels by which the original is louder
  init(
    _ samples: [Float], sampleRate: Int, seconds: Double, original: consuming OriginalSound?,
    gain: Double
  ) {
    self.samples = samples
    length = Int((seconds * Double(sampleRate)).rounded())
    // 5 ms are enough that silence does not begin with a click.
    fade = samples.count < length ? min(samples.count, sampleRate / 200) : 0
    self.original = original
    self.gain = Float(pow(10, gain / 20))
  }

  /// The next samples in [-1, 1], `count` of them or what is left; empty after the last.
  mutating func next(_ count: Int) -> [Float] {
    let end = min(position + count, length)
    var block = [Float](repeating: 0, count: end - position)
    let fadeStart = samples.count - fade
    for index in block.indices where position + index < samples.count {
      let place = position + index
      // From 1 down to 0, linear.
      let weight = place < fadeStart ? 1 : Float(samples.count - 1 - place) / Float(fade)
      block[index] = samples[place] * weight
    }
    if let added = original?.next(block.count) {
      for index in block.indices { block[index] += gain * added[index] }
    }
    position = end
    clippedSamples += block.count { abs($0) > 1 }
    return block.map { min(max($0, -1), 1) }
  }
}
