import Foundation

/// The sound as it goes into a video: as long as the pictures, mixed, block by block.
struct SoundTrack: ~Copyable {
  private let samples: [Float]
  private let weights: SoundFrame
  private let length: Int
  private let fade: Int
  private var original: OriginalSound?
  private let gain: Float
  private var position = 0
  /// How many samples have been clipped so far.
  private(set) var clippedSamples = 0

  /// - Parameters:
  ///   - samples: mono, in [-1, 1]; cut at the end of the pictures, or followed by silence
  ///   - form: of the track; its rate is that of the samples
  ///   - seconds: how long the pictures last
  ///   - original: what to add to it, of the same form
  ///   - gain: decibels by which the original is louder
  init(
    _ samples: [Float], form: SoundForm, seconds: Double, original: consuming OriginalSound?,
    gain: Double
  ) {
    self.samples = samples
    weights = form.weightsOfMono
    length = Int((seconds * Double(form.sampleRate)).rounded())
    // 5 ms are enough that silence does not begin with a click.
    fade = samples.count < length ? min(samples.count, form.sampleRate / 200) : 0
    self.original = original
    self.gain = Float(pow(10, gain / 20))
  }

  /// The next frames in [-1, 1], `count` of them or what is left; empty after the last.
  mutating func next(_ count: Int) -> [SoundFrame] {
    let end = min(position + count, length)
    var block = [SoundFrame](repeating: .zero, count: end - position)
    let fadeStart = samples.count - fade
    for index in block.indices where position + index < samples.count {
      let place = position + index
      // From 1 down to 0, linear.
      let weight = place < fadeStart ? 1 : Float(samples.count - 1 - place) / Float(fade)
      block[index] = samples[place] * weight * weights
    }
    if let added = original?.next(block.count) {
      for index in block.indices { block[index] += gain * added[index] }
    }
    position = end
    for index in block.indices {
      let clipped = block[index].clamped(lowerBound: -.one, upperBound: .one)
      if clipped != block[index] {
        clippedSamples += block[index].indices.count { block[index][$0] != clipped[$0] }
      }
      block[index] = clipped
    }
    return block
  }
}
