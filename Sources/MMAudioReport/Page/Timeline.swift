import Foundation
import MMAudioMedia

/// A take's pictures on one axis of time: frames, waveform and spectrogram, with its onsets marked.
struct Timeline {
  /// Onsets that are listed; more would be in the way of the pictures.
  private static let mostListed = 40

  private let take: ReportPage.Take
  private let axis: TimeAxis
  private let thumbnails: Thumbnails?
  private let waveform: WaveformPicture
  private let spectrogram: Spectrogram
  private let picture: [UInt8]
  private let onsets: [Double]

  init(_ take: ReportPage.Take, thumbnails: Thumbnails?) throws(PictureError) {
    self.take = take
    self.thumbnails = thumbnails
    axis = TimeAxis(seconds: take.seconds)
    waveform = WaveformPicture(take.samples)
    spectrogram = Spectrogram(take.samples, sampleRate: take.sampleRate)
    picture = try spectrogram.png()
    onsets = Onsets(take.samples, sampleRate: take.sampleRate).seconds
  }

  /// The sound in some numbers.
  var facts: String {
    let rate = String(format: "%g", Double(take.sampleRate) / 1000)
    let peak =
      waveform.peak > 0
      ? String(format: "peak %.1f dB", 20 * log10(waveform.peak)) : "silence"
    return "\(Numbers.seconds(take.seconds)) s · \(rate) kHz · mono · \(peak) · \(onsetCount)"
      .replacing("-", with: "−")
  }

  private var isDense: Bool { onsets.count > Self.mostListed }

  private var onsetCount: String { onsets.count == 1 ? "1 onset" : "\(onsets.count) onsets" }

  /// The figure.
  var html: String {
    """
    <figure>
    <div class="rows">
    \(frames)<div class="scale">\(waveformScale)</div>
    <div class="lane">\(waveform.svg)</div>
    <div class="scale">\(frequencyScale)</div>
    <div class="lane"><img class="spectrogram" alt="Spectrogram" src="\(picture.address("image/png"))"></div>
    \(axis.html)
    <div class="overlay\(isDense ? " dense" : "")" data-seconds="\(take.seconds)">\(marks)<i class="playhead" hidden></i></div>
    </div>
    <figcaption>
    \(list)<div class="legend"><span>−\(Int(Spectrogram.range)) dB</span>\
    <i style="background:linear-gradient(90deg,\(gradient))"></i>\
    <span>loudest</span></div>
    <p class="what">\(what)</p>
    </figcaption>
    </figure>
    """
  }

  /// What the pictures are, for those who have not seen such before.
  private var what: String {
    (thumbnails == nil ? "Waveform" : "Frames of the video, waveform")
      + " and spectrogram over the same seconds; in the spectrogram high notes are up, and what is "
      + "loud is light."
  }

  private var frames: String {
    guard let thumbnails else { return "" }
    let aspect = String(format: "%.3f", min(max(thumbnails.aspect, 0.75), 2.4))
    let cells = thumbnails.pictures.enumerated().map { index, picture in
      let time = take.seconds * (Double(index) + 0.5) / Double(thumbnails.pictures.count)
      return """
        <img style="aspect-ratio:\(aspect)" alt="Frame at \(Numbers.seconds(time)) s" \
        src="\(picture.address("image/jpeg"))">
        """
    }
    return """
      <div class="lane frames">\(cells.joined())</div>

      """
  }

  private var waveformScale: String {
    let edge = String(format: "%g", waveform.scale)
    return label(edge, at: 1) + label("0", at: 0.5) + label("−\(edge)", at: 0)
  }

  private var frequencyScale: String {
    let kilohertz = [0.5, 1, 2, 4, 8, 16].filter { 1000 * $0 <= spectrogram.highest }
    return kilohertz.map { value in
      let unit = value == kilohertz.last ? " kHz" : ""
      return label(
        String(format: "%g", value) + unit, at: spectrogram.height(ofHertz: 1000 * value))
    }.joined()
  }

  /// Text beside a picture, from 0 at its lower edge to 1; what stands at an edge stays within.
  private func label(_ text: String, at height: Double) -> String {
    let edge = height > 0.97 ? " class=\"top\"" : height < 0.03 ? " class=\"bottom\"" : ""
    return "<span\(edge) style=\"top:\(Numbers.percent(1 - height))\">\(text)</span>"
  }

  private var marks: String {
    onsets.map { "<i class=\"onset\" style=\"left:\(axis.position($0))\"></i>" }.joined()
  }

  /// The onsets in figures, which can be reached without a mouse.
  private var list: String {
    guard !onsets.isEmpty else { return "" }
    guard !isDense else {
      return "<p><b class=\"key\"></b>\(onsetCount), where something strikes</p>\n"
    }
    let buttons = onsets.map { time in
      "<button type=\"button\" data-time=\"\(String(format: "%.3f", time))\">\(Numbers.seconds(time))</button>"
    }
    return
      "<p><b class=\"key\"></b>\(onsetCount), in seconds: \(buttons.joined(separator: " "))</p>\n"
  }

  private var gradient: String {
    ColourMap.stops.map { String(format: "#%06x", $0) }.joined(separator: ",")
  }
}
