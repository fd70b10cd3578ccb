import ArgumentParser

/// The command line: flags in, exit status out.
@main
struct Mcptape: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcptape",
        abstract: "Records, shows and replays Model Context Protocol traffic.")
}
