internal import MCPSemantics

/// What two sessions share that belong together.
struct JoiningKey: Hashable {
    var rule: Run.Rule
    /// Of all but the name of a run; "" with that.
    var boot: String
    /// The name of the run; "" with other rules.
    var name = ""
}

extension SessionSummary {
    /// What may join it to another session: its run's name alone where it has one.
    var joiningKeys: [JoiningKey] {
        if let run = description.run { return [JoiningKey(rule: .named, boot: "", name: run)] }
        guard let boot = description.bootID else { return [] }
        return joiningRules.map { JoiningKey(rule: $0, boot: boot) }
    }

    private var joiningRules: [Run.Rule] {
        var rules: [Run.Rule] = []
        if description.transport == .stdio, let host = description.host { rules.append(.hostProcess(host)) }
        rules += state.traces.map { .trace($0) }
        if description.transport == .http, let peer = state.client?.peer, let address = state.clientAddress {
            // The title is for eyes, and not every message states it.
            rules.append(.client(PeerInfo(name: peer.name, version: peer.version), address: address))
        }
        return rules
    }
}
