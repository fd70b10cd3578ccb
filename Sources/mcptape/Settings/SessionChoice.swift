import ArgumentParser
import Recording

/// Which session of a recording with several is meant.
struct SessionChoice: ParsableArguments {
    @Option(help: ArgumentHelp("Which server of a recording with several.", valueName: "name"))
    var server: String?

    @Option(help: ArgumentHelp("Which session of a recording with several.", valueName: "id"))
    var session: String?

    /// The one session that is meant. Without a choice among several the candidates are listed.
    func choice(among sessions: [SessionSummary], of recording: String) throws -> SessionSummary {
        let matching = sessions.filter { summary in
            (server == nil || summary.description.name == server)
                && (session.map { summary.description.id.text.hasPrefix($0) } ?? true)
        }
        if matching.count == 1, let only = matching.first { return only }
        let list = sessions.map { "\($0.description.name) (\($0.description.id.text))" }.joined(
            separator: ", ")
        guard matching.isEmpty else {
            throw Failure(
                Failure.usage, "\(recording) holds \(sessions.count) sessions: \(list)",
                hint: "choose with --server NAME or --session ID")
        }
        throw Failure(Failure.noInput, "\(recording) has no such session; it holds \(list)")
    }
}
