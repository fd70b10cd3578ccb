import Wire

/// The description as JSON: the journal's first record, a column of the store.
///
/// A later version only ever adds members; unknown ones are ignored.
extension SessionDescription {
    /// One JSON object without line feeds.
    public func encodedJSON() -> [UInt8] {
        var json = JSONWriter()
        json.object { session in
            session.member("id", id.text)
            session.member("name", name)
            if !tags.isEmpty { session.member("tags") { writeTags(to: &$0) } }
            session.member("run", ifPresent: run)
            session.member("transport", transport.rawValue)
            session.member("listener", ifPresent: listener?.text)
            if isEventSession { session.member("sse", true) }
            if isListener { session.member("is_listener", true) }
            session.member("command") { $0.strings(command) }
            if !maskedArguments.isEmpty {
                session.member("masked_arguments") { masked in
                    masked.array { for position in maskedArguments { $0.int(position) } }
                }
            }
            session.member("working_directory", ifPresent: workingDirectory)
            session.member("environment_names") { $0.strings(environmentNames) }
            if let host { session.member("host") { SessionDescription.write(host, to: &$0) } }
            session.member("recorder_pid", ifPresent: recorderProcess)
            session.member("boot_id", ifPresent: bootID)
            session.member("start_boottime_ns", startBoottime)
            session.member("start_realtime_ns", startRealtime)
            session.member("capture", capture.rawValue)
            if !captureOfServers.isEmpty {
                session.member("capture_of_servers") { servers in
                    servers.object { servers in
                        for (name, mode) in captureOfServers.sorted(by: { $0.key < $1.key }) {
                            servers.member(name, mode.rawValue)
                        }
                    }
                }
            }
            session.member("message_limit", messageLimit)
            if let redaction { session.member("redaction", raw: redaction.encodedJSON()) }
            session.member("recorder_version", recorderVersion)
        }
        return json.bytes
    }

    /// Reads what `encodedJSON` wrote. Nil when it is not that: no JSON, no id, or a transport or capture
    /// mode that only a later version knows.
    public init?(json: some Collection<UInt8>) {
        guard let root = JSONTree(ArraySlice(json))?.root, let id = root["id"]?.stringValue,
            let name = root["name"]?.stringValue,
            let transport = root["transport"]?.stringValue.flatMap({ Transport(rawValue: $0) })
        else { return nil }
        self.init(id: SessionID(id), name: name, transport: transport)
        if let word = root["capture"]?.stringValue {
            guard let mode = CaptureMode(rawValue: word) else { return nil }
            capture = mode
        }
        tags = root["tags"]?.children.compactMap { SessionDescription.tag(in: $0) } ?? []
        run = root["run"]?.stringValue
        isListener = root["is_listener"]?.boolValue ?? false
        isEventSession = root["sse"]?.boolValue ?? false
        listener = (root["listener"]?.stringValue).map { SessionID($0) }
        command = root["command"]?.strings ?? []
        maskedArguments = root["masked_arguments"]?.children.compactMap { $0.intValue } ?? []
        workingDirectory = root["working_directory"]?.stringValue
        environmentNames = root["environment_names"]?.strings ?? []
        host = root["host"].flatMap { SessionDescription.host(in: $0) }
        recorderProcess = root["recorder_pid"]?.intValue.flatMap { Int32(exactly: $0) }
        bootID = root["boot_id"]?.stringValue
        startBoottime = Int64(root["start_boottime_ns"]?.intValue ?? 0)
        startRealtime = Int64(root["start_realtime_ns"]?.intValue ?? 0)
        if let servers = root["capture_of_servers"] {
            for member in servers.members {
                // A mode that only a later version knows keeps no payload.
                let mode = member.value.stringValue.flatMap { CaptureMode(rawValue: $0) } ?? .metadata
                captureOfServers[member.key] = mode
            }
        }
        messageLimit = max(0, root["message_limit"]?.intValue ?? SessionDescription.defaultMessageLimit)
        redaction = root["redaction"].map { RedactionRules($0) }
        recorderVersion = root["recorder_version"]?.stringValue ?? ""
    }

    /// An array of pairs, not an object: tags keep their order, and a key may come twice.
    private func writeTags(to json: inout JSONWriter) {
        json.array { list in
            for tag in tags { list.strings([tag.key, tag.value]) }
        }
    }

    private static func tag(in node: JSONTree.Node) -> Tag? {
        guard let key = node[0]?.stringValue, let value = node[1]?.stringValue else { return nil }
        return Tag(key: key, value: value)
    }

    private static func write(_ host: HostProcess, to json: inout JSONWriter) {
        json.object {
            $0.member("pid", host.processID)
            $0.member("start_ticks", host.startTicks)
            $0.member("name", host.name)
        }
    }

    private static func host(in node: JSONTree.Node) -> HostProcess? {
        guard let processID = node["pid"]?.intValue.flatMap({ Int32(exactly: $0) }),
            let startTicks = node["start_ticks"].flatMap({ UInt64($0.textString) }),
            let name = node["name"]?.stringValue
        else { return nil }
        return HostProcess(processID: processID, startTicks: startTicks, name: name)
    }
}

extension JSONTree.Node {
    /// The strings of an array; elements of other kinds are left out.
    var strings: [String] { children.compactMap { $0.stringValue } }
}
