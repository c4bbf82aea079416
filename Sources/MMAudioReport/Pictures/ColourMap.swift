/// Colours from dark to light in steps that look even, also in grey: Matplotlib's magma.
enum ColourMap {
  /// Sixteen colours, `0xRRGGBB`, with straight lines between them.
  static let stops: [UInt32] = [
    0x000004, 0x0b0924, 0x20114b, 0x3b0f70, 0x57157e, 0x721f81, 0x8c2981, 0xa8327d,
    0xc43c75, 0xde4968, 0xf1605d, 0xfa7f5e, 0xfe9f6d, 0xfebf84, 0xfddea0, 0xfcfdbf,
  ]

  /// All of 256 colours.
  static let palette: [UInt32] = (0..<256).map { index in
    let stop = min(index / 17, stops.count - 2)
    let weight = index - 17 * stop
    return [16, 8, 0].reduce(0) { colour, shift in
      let (from, to) = (stops[stop] >> shift & 255, stops[stop + 1] >> shift & 255)
      return colour | ((UInt32(17 - weight) * from + UInt32(weight) * to + 8) / 17) << shift
    }
  }
}
