/// What a look at one thing found.
struct Finding: Equatable {
  /// How it is.
  enum State: String {
    /// As it should be.
    case ok
    /// Usable, but not as good as it could be.
    case warning
    /// Not usable.
    case bad
    /// Not there, which is fine unless it is wanted.
    case absent = "-"
  }

  let state: State
  /// What was looked at.
  let subject: String
  /// What was found, and what to do about it.
  let text: String

  /// `warning  memory       2.1 GB are free; …`.
  var line: String {
    state.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
      + subject.padding(toLength: 14, withPad: " ", startingAt: 0) + text
  }
}
