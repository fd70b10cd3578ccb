internal import MCPSemantics
internal import Wire

/// What `show` and the viewer say of a session before its conversation: label and text, in order.
public enum SessionHead {
    /// A label and what it says.
    public struct Line: Sendable, Equatable {
        public var label: String
        public var text: String

        public init(_ label: String, _ text: String) {
            self.label = label
            self.text = text
        }
    }

    /// The head of `summary`. Absent facts are left out; nothing is guessed.
    public static func lines(of summary: SessionSummary) -> [Line] {
        let state = summary.state
        let description = summary.description
        var lines = [
            Line("server", peer(state.server) ?? "(has not said who it is)"),
            Line("client", peer(state.client) ?? "(has not said who it is)"),
            Line("protocol", revision(of: state)),
        ]
        if let text = capabilities(state.server) { lines.append(Line("server can", text)) }
        if let text = capabilities(state.client) { lines.append(Line("client can", text)) }
        let isHTTP = description.transport == .http
        if !description.command.isEmpty {
            let label = isHTTP ? "upstream" : "command"
            lines.append(Line(label, description.command.map(shellQuoted).joined(separator: " ")))
        }
        // Of a proxy they say who started it, and nothing of who used it.
        if !isHTTP, let directory = description.workingDirectory {
            lines.append(Line("directory", DisplayText.oneLine(directory, limit: 400)))
        }
        if let address = state.clientAddress {
            lines.append(Line("client at", DisplayText.oneLine(address, limit: 80)))
        }
        if let host = description.host {
            let name = DisplayText.oneLine(host.name, limit: 80)
            lines.append(Line(isHTTP ? "started by" : "host", "\(name) (pid \(host.processID))"))
        }
        if !description.tags.isEmpty {
            let tags = description.tags.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            lines.append(Line("tags", DisplayText.oneLine(tags, limit: 400)))
        }
        if let run = description.run { lines.append(Line("run", DisplayText.oneLine(run, limit: 80))) }
        if description.capture != .payloads { lines.append(Line("capture", description.capture.rawValue)) }
        if description.redaction != nil, description.capture == .payloads {
            lines.append(Line("redaction", "secrets that the rules find are replaced by placeholders"))
        }
        if let text = state.server?.instructions, !text.isEmpty {
            lines.append(Line("instructions", DisplayText.oneLine(text, limit: 400)))
        }
        return lines
    }

    private static func peer(_ handshake: Handshake?) -> String? {
        guard let info = handshake?.peer else { return nil }
        let title = info.title.map { " “\(DisplayText.oneLine($0, limit: 80))”" } ?? ""
        let version = info.version.map { $0.isEmpty ? "" : " " + DisplayText.oneLine($0, limit: 40) } ?? ""
        return DisplayText.oneLine(info.name, limit: 80) + version + title
    }

    private static func revision(of state: SessionState) -> String {
        let revision = state.revision.map { DisplayText.oneLine($0, limit: 40) } ?? "(not negotiated)"
        switch state.eras {
        case []: return revision
        case [.legacy]: return revision + ", legacy era"
        case [.modern]: return revision + ", modern era"
        default: return revision + ", both eras"
        }
    }

    /// The names of the capabilities, with the switches that are on: `tools(listChanged), logging`.
    private static func capabilities(_ handshake: Handshake?) -> String? {
        guard let text = handshake?.capabilities, let tree = JSONTree(Array(text.utf8)[...]) else {
            return nil
        }
        let names = tree.root.members.map { capability in
            let on = capability.value.members.filter { $0.value.boolValue == true }
            let switches = on.map { DisplayText.oneLine($0.key, limit: 40) }
            let name = DisplayText.oneLine(capability.key, limit: 40)
            return switches.isEmpty ? name : "\(name)(\(switches.joined(separator: ", ")))"
        }
        return names.isEmpty ? "nothing stated" : names.joined(separator: ", ")
    }

    /// An argument as a shell needs it, and as a terminal may show it: cut at 400 columns.
    public static func shellQuoted(_ argument: String) -> String {
        let plain = argument.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-_./:=@%+,[]".utf8.contains(byte)
        }
        if plain && !argument.isEmpty { return argument }
        let text = DisplayText.oneLine(argument, limit: 400)
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }
}
