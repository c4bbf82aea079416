import ArgumentParser

/// The root command: a list of subcommands.
@main
struct MMAudioCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mmaudio",
    abstract: "Generate sound for a silent video, or from a prompt, with MMAudio.",
    subcommands: [Convert.self, Stage.self])
}
