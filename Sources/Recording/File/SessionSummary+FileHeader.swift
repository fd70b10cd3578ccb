import MCPSemantics
import Wire

/// A session's part of a file's header.
///
/// What a person reads in a review comes first; what only machines need last.
extension SessionSummary {
    func writeFileHeader(to json: inout JSONWriter, statesHandshakes: Bool) {
        json.object { json in
            json.member("id", description.id.text)
            json.member("name", description.name)
            if description.transport == .http, description.command.count == 1 {
                json.member("url", description.command[0])
            } else {
                json.member("command") { $0.strings(description.command) }
            }
            json.member("transport", description.transport.rawValue)
            if description.isEventSession { json.member("sse", true) }
            json.member("revision", ifPresent: state.revision)
            if let client = state.client { json.peer("client", client, inFull: statesHandshakes) }
            if let server = state.server { json.peer("server", server, inFull: statesHandshakes) }
            if statesHandshakes { json.member("eras") { $0.strings(state.eras.map(\.word)) } }
            json.member(
                "started", CivilTime(nanosecondsSince1970: description.startRealtime).text(fraction: 9))
            // Rules by which payloads were cleaned: none so far. Credentials in `command` always are masked.
            if let redaction = description.redaction {
                json.member("redaction", raw: redaction.encodedJSON())
            } else {
                json.member("redaction") { $0.strings([]) }
            }
            if !description.tags.isEmpty {
                json.member("tags") { tags in
                    tags.object { tags in for tag in description.tags { tags.member(tag.key, tag.value) } }
                }
            }
            json.member("run", ifPresent: description.run)
            json.member("capture", description.capture.rawValue)
            writeOrigin(to: &json)
            if let end = state.end { json.member("end") { end.writeFileHeader(to: &$0) } }
            if let failure = state.startFailure {
                json.member("start_failure") { failure.writeFileHeader(to: &$0) }
            }
            json.member("head_lost_before", ifPresent: headLostBefore)
        }
    }

    /// Where and by what it was recorded. The names of environment variables stay in the store: they tell of
    /// a machine, and the file is made to be shared.
    private func writeOrigin(to json: inout JSONWriter) {
        json.member("directory", ifPresent: description.workingDirectory)
        if let host = description.host {
            json.member("host") { json in
                json.object { json in
                    json.member("name", host.name)
                    json.member("pid", host.processID)
                    json.member("start_ticks", host.startTicks)
                }
            }
        }
        if !description.maskedArguments.isEmpty {
            json.member("masked") { json in
                json.array { json in for position in description.maskedArguments { json.int(position) } }
            }
        }
        if description.messageLimit != SessionDescription.defaultMessageLimit {
            json.member("message_limit", description.messageLimit)
        }
        json.member("boot") { json in
            json.object { json in
                json.member("id", ifPresent: description.bootID)
                json.member("start_ns", description.startBoottime)
            }
        }
        json.member("recorder") { json in
            json.object { json in
                json.member("version", description.recorderVersion)
                json.member("pid", ifPresent: description.recorderProcess)
            }
        }
    }

    /// Reads a session; what is absent or of another kind is as if nobody knew it. `position` counts from 1.
    init(fileHeader node: JSONTree.Node, position: Int) {
        let id = node["id"]?.stringValue ?? "file-\(position)"
        let url = node["url"]?.stringValue
        let transport = node["transport"]?.stringValue.flatMap { SessionDescription.Transport(rawValue: $0) }
        var description = SessionDescription(
            id: SessionID(id), name: node["name"]?.stringValue ?? "server",
            transport: transport ?? (url == nil ? .stdio : .http))
        description.command = node["command"]?.strings ?? url.map { [$0] } ?? []
        description.tags =
            node["tags"]?.members.compactMap { member in
                member.value.stringValue.map { SessionDescription.Tag(key: member.key, value: $0) }
            } ?? []
        description.isEventSession = node["sse"]?.boolValue ?? false
        description.run = node["run"]?.stringValue
        if let rules = node["redaction"], rules.kind == .object {
            description.redaction = RedactionRules(rules)
        }
        description.capture = node["capture"]?.stringValue.flatMap { CaptureMode(rawValue: $0) } ?? .payloads
        description.startRealtime =
            node["started"]?.stringValue.flatMap { CivilTime(parsing: $0) }?.nanosecondsSince1970 ?? 0
        description.workingDirectory = node["directory"]?.stringValue
        description.host = node["host"].flatMap { host in
            guard let name = host["name"]?.stringValue,
                let pid = host["pid"]?.intValue.flatMap({ Int32(exactly: $0) }),
                let ticks = host["start_ticks"].flatMap({ UInt64($0.textString) })
            else { return nil }
            return HostProcess(processID: pid, startTicks: ticks, name: name)
        }
        description.maskedArguments = node["masked"]?.children.compactMap { $0.intValue } ?? []
        description.messageLimit = max(
            0, node["message_limit"]?.intValue ?? SessionDescription.defaultMessageLimit)
        description.bootID = node["boot"]?["id"]?.stringValue
        description.startBoottime = Int64(node["boot"]?["start_ns"]?.intValue ?? 0)
        description.recorderVersion = node["recorder"]?["version"]?.stringValue ?? ""
        description.recorderProcess = node["recorder"]?["pid"]?.intValue.flatMap { Int32(exactly: $0) }
        var state = SessionState()
        state.revision = node["revision"]?.stringValue
        state.eras = node["eras"]?.strings.compactMap { Era(word: $0) } ?? []
        state.client = node["client"].map { Handshake(fileHeader: $0, speaker: .clientToServer) }
        state.server = node["server"].map { Handshake(fileHeader: $0, speaker: .serverToClient) }
        state.end = node["end"].map { SessionEnd(fileHeader: $0) }
        state.startFailure = node["start_failure"].map { StartFailure(fileHeader: $0) }
        self.init(
            description: description, state: state,
            headLostBefore: node["head_lost_before"]?.intValue.map { Int64($0) })
    }
}

extension JSONWriter {
    fileprivate mutating func peer(_ key: String, _ handshake: Handshake, inFull: Bool) {
        member(key) { json in
            json.object { json in
                json.member("name", ifPresent: handshake.peer?.name)
                json.member("version", ifPresent: handshake.peer?.version)
                json.member("title", ifPresent: handshake.peer?.title)
                if inFull { handshake.writeFacts(to: &json) }
            }
        }
    }
}

extension Handshake {
    fileprivate init(fileHeader node: JSONTree.Node, speaker: Direction) {
        self = Handshake(json: node) ?? Handshake(speaker: speaker)
        if let name = node["name"]?.stringValue {
            peer = PeerInfo(
                name: name, version: node["version"]?.stringValue, title: node["title"]?.stringValue)
        }
    }
}

extension SessionEnd {
    fileprivate func writeFileHeader(to json: inout JSONWriter) {
        json.object { json in
            json.member("reason", reason.rawValue)
            json.member("t", FileTime.microseconds(of: time))
            switch exit {
            case .code(let code): json.member("exit_code", code)
            case .signal(let signal): json.member("signal", signal)
            case nil: break
            }
        }
    }

    fileprivate init(fileHeader node: JSONTree.Node) {
        self.init(
            reason: node["reason"]?.stringValue.flatMap { Reason(rawValue: $0) } ?? .unknown,
            time: FileTime.timestamp(microseconds: Int64(node["t"]?.intValue ?? 0)))
        if let signal = node["signal"]?.intValue.flatMap({ Int32(exactly: $0) }) { exit = .signal(signal) }
        if let code = node["exit_code"]?.intValue.flatMap({ Int32(exactly: $0) }) { exit = .code(code) }
    }
}

extension StartFailure {
    fileprivate func writeFileHeader(to json: inout JSONWriter) {
        json.object { json in
            json.member("errno", errno)
            json.member("command", command)
            json.member("path", ifPresent: searchedPath)
            json.member("directory", workingDirectory)
        }
    }

    fileprivate init(fileHeader node: JSONTree.Node) {
        self.init(
            errno: node["errno"]?.intValue.flatMap { Int32(exactly: $0) } ?? 0,
            command: node["command"]?.stringValue ?? "", searchedPath: node["path"]?.stringValue,
            workingDirectory: node["directory"]?.stringValue ?? "")
    }
}
