extension ReportPage {
  /// What was asked for.
  var settingsSection: String {
    guard !settings.isEmpty else { return "" }
    let rows = settings.map { name, value in
      "<dt>\(name.escaped)</dt><dd dir=\"auto\">\(value.escaped)</dd>\n"
    }
    return "<section>\n<h2>Settings</h2>\n<dl>\n\(rows.joined())</dl>\n</section>\n"
  }

  /// How long the stages took, with bars to compare them.
  var timingsSection: String {
    guard !timings.isEmpty else { return "" }
    let longest = max(timings.map(\.seconds).max() ?? 0, 1e-9)
    let rows = timings.map { name, seconds in
      """
      <tr><th scope="row">\(name.escaped)</th>\
      <td class="bar"><i style="width:\(Numbers.percent(seconds / longest))"></i></td>\
      <td>\(Numbers.seconds(seconds)) s</td></tr>

      """
    }
    let sum = Numbers.seconds(timings.reduce(0) { $0 + $1.seconds })
    return """
      <section>
      <h2>Time taken</h2>
      <table>
      \(rows.joined())<tr class="sum"><th scope="row">in all</th><td></td><td>\(sum) s</td></tr>
      </table>
      </section>

      """
  }
}
