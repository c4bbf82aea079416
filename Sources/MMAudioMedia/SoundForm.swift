internal import CFFmpeg

/// One sample of every channel; those beyond the sound's channels are zero.
///
/// Eight are what AAC and Opus take.
typealias SoundFrame = SIMD8<Float>

/// Which loudspeakers a sound is for, and how often it is sampled.
struct SoundForm: Sendable, Equatable {
  /// Samples per second.
  var sampleRate: Int
  /// The loudspeakers, by bits as FFmpeg numbers them, in the order of the channels.
  var speakers: UInt64

  private static let frontLeft: UInt64 = 1
  private static let frontRight: UInt64 = 2
  private static let frontCentre: UInt64 = 4
  private static let back: UInt64 = 0x30
  private static let side: UInt64 = 0x600

  /// One channel.
  static func mono(_ sampleRate: Int) -> SoundForm {
    SoundForm(sampleRate: sampleRate, speakers: frontCentre)
  }

  /// Channels of a frame that are in use.
  var channels: Int { speakers.nonzeroBitCount }

  /// What a sound of one channel is multiplied by for each channel.
  ///
  /// It comes from the middle between left and right, each 3 dB lower, so that it is as loud as alone; the
  /// centre of film sound is left to the dialogue.
  var weightsOfMono: SoundFrame {
    var weights = SoundFrame.zero
    if speakers & Self.frontLeft != 0, speakers & Self.frontRight != 0 {
      // Their bits are the lowest.
      weights[0] = Float(0.5).squareRoot()
      weights[1] = Float(0.5).squareRoot()
    } else {
      // The channels in front of the centre are those with lower bits.
      let place = speakers & Self.frontCentre != 0 ? (speakers & 3).nonzeroBitCount : 0
      weights[place] = 1
    }
    return weights
  }

  /// The forms that an encoder may be asked for in turn, best first, until it takes one.
  var alternatives: [SoundForm] {
    // Encoders have names for 5.1 with loudspeakers at the back.
    let atBack =
      speakers & Self.back == 0 && speakers & Self.side != 0
      ? speakers & ~Self.side | speakers >> 5 & Self.back : speakers
    let layouts = [atBack, speakers, Self.frontLeft | Self.frontRight].filter {
      $0.nonzeroBitCount <= SoundFrame.scalarCount
    }
    let rates = [sampleRate, 96_000, 48_000].filter { $0 == sampleRate || $0 < sampleRate }
    return layouts.flatMap { speakers in
      (rates.contains(48_000) ? rates : rates + [48_000]).map {
        SoundForm(sampleRate: $0, speakers: speakers)
      }
    }
  }
}
